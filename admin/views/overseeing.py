"""各镇超期: matters that units below handle. The list opens nothing; reading one takes a reason."""

from uuid import UUID

from aiohttp import web

from admin.forms import path_id, text
from admin.language import words_of
from admin.limits import days_left
from admin.pages import actor_of, page
from admin.problems import status_of
from admin.routing import action
from admin.tip_page import line_before, shown_files, shown_line
from admin.views.files import pictured, played, saved
from models import oversight
from models.errors import DomainError, Forbidden, Invalid, NotFound
from models.oversight import Below, Overseen
from models.policy import Action
from models.unit import tree


@action(Action.OVERSEE)
async def below(request: web.Request) -> web.StreamResponse:
    """The longest waiting first."""
    actor, t = actor_of(request), words_of(request)
    try:
        pick = Below(request.query.get("pick") or Below.OVERDUE)
        after = UUID(hex=request.query["after"]) if request.query.get("after") else None
    except ValueError:
        raise NotFound from None
    found = await oversight.below(actor, pick, after=after)
    return await page(
        request,
        "oversight/list.html",
        items=[(one, days_left(t, one.due_on, one.arrived_on)) for one in found.items],
        after=found.after,
        later=after is not None,
        pick=pick,
        counts=await oversight.counts(actor),
        by_unit=await oversight.overdue_by_unit(actor),
        units=await tree(),
    )


@action(Action.READ_OVERSEEN)
async def overseen(request: web.Request) -> web.StreamResponse:
    """The matter as it is read from above; before that, the question why."""
    actor, tip_id = actor_of(request), path_id(request, "tip")
    try:
        matter = await Overseen.open(actor, tip_id)
    except Forbidden:
        return await _ask(request)
    await matter.read()
    return await _show(request, matter)


@action(Action.READ_OVERSEEN)
async def reason(request: web.Request) -> web.StreamResponse:
    """Why. From here on he reads for half an hour."""
    actor, tip_id = actor_of(request), path_id(request, "tip")
    try:
        await oversight.give_reason(actor, tip_id, await text(request, "reason"))
    except Invalid as problem:
        return await _ask(request, problem=problem, typed=await text(request, "reason"))
    raise web.HTTPSeeOther(request.app.router["overseen"].url_for(tip=tip_id.hex))


@action(Action.READ_OVERSEEN)
async def file(request: web.Request) -> web.StreamResponse:
    """The original of one of its files."""
    return await saved(request, await _opened(request))


@action(Action.READ_OVERSEEN)
async def file_play(request: web.Request) -> web.StreamResponse:
    """Sound or film."""
    return await played(request, await _opened(request))


@action(Action.READ_OVERSEEN)
async def file_preview(request: web.Request) -> web.StreamResponse:
    """A picture."""
    return await pictured(request, await _opened(request))


async def _opened(request: web.Request) -> Overseen:
    return await Overseen.open(actor_of(request), path_id(request, "tip"))


async def _ask(request: web.Request, *, problem: DomainError | None = None, typed: str = "") -> web.Response:
    item = await oversight.glance(actor_of(request), path_id(request, "tip"))
    left = days_left(words_of(request), item.due_on, item.arrived_on)
    status = status_of(problem) if problem else 200
    told = {"item": item, "left": left, "problem": problem, "typed": typed, "units": await tree()}
    return await page(request, "oversight/reason.html", status=status, **told)


async def _show(request: web.Request, matter: Overseen) -> web.Response:
    lines = await matter.thread(before=line_before(request))
    return await page(
        request,
        "oversight/show.html",
        item=await oversight.glance(matter.actor, matter.tip.id),
        left=days_left(words_of(request), matter.access.due_on, matter.access.arrived_on),
        until=await oversight.reading_until(matter.actor, matter.tip.id),
        tip=matter.tip,
        units=await tree(),
        told=matter.narrative(),
        summary=matter.summary(),
        files=shown_files(await matter.files()),
        lines=[shown_line(line) for line in lines],
        earlier=lines[0].message.order if await matter.has_earlier(lines) else None,
        readers=await matter.readers(),
    )
