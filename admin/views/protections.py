"""保护请求: what reporters who fear retaliation ask of the heads, and what these answer."""

from contextlib import suppress
from uuid import UUID

from aiohttp import web

from admin.forms import path_id, text, words
from admin.pages import actor_of, page
from admin.problems import status_of
from admin.routing import action
from models import protection as requests
from models.errors import Conflict, DomainError, Invalid, NotFound, Repeated
from models.once import act_id
from models.policy import Action


@action(Action.SEE_PROTECTION)
async def protections(request: web.Request) -> web.StreamResponse:
    """What waits, without its words; below it what came in a flood."""
    actor, after, apart_after = actor_of(request), _after(request, "after"), _after(request, "apart")
    return await page(
        request,
        "protections/list.html",
        waiting=await requests.requests(actor, after=after),
        apart=await requests.requests(actor, after=apart_after, apart=True),
        later=bool(after or apart_after),
        done=request.query.get("done") == "answered",
    )


@action(Action.SEE_PROTECTION)
async def protection(request: web.Request) -> web.StreamResponse:
    """One request; opening it is an entry in the audit trail."""
    return await _page(request)


@action(Action.ANSWER_PROTECTION)
async def answer(request: web.Request) -> web.StreamResponse:
    """Tell the reporter what is done."""
    request_id, said = path_id(request, "protection"), await text(request, "words")
    act = act_id(await text(request, "mark"), request_id, said)
    try:
        with suppress(Repeated):  # the form was sent twice: it is done
            await requests.answer(actor_of(request), request_id, said, act=act)
    except (Invalid, Conflict) as problem:
        return await _page(request, problem)
    raise web.HTTPSeeOther(request.app.router["protections"].url_for().with_query(done="answered"))


def _after(request: web.Request, name: str) -> UUID | None:
    try:
        return UUID(hex=request.query[name]) if request.query.get(name) else None
    except ValueError:
        raise NotFound from None


async def _page(request: web.Request, problem: DomainError | None = None) -> web.Response:
    opened = await requests.read(actor_of(request), path_id(request, "protection"))
    return await page(
        request,
        "protections/show.html",
        status=status_of(problem) if problem else 200,
        opened=opened,
        typed=await words(request) if problem else {},
        problem=problem,
    )
