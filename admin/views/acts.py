"""What the desk does to a matter. Each act is a resource; one that fails shows the page with the words kept."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import date
from typing import Final
from uuid import UUID

from aiohttp import web

from admin.forms import chosen_id, path_id, text, words
from admin.pages import actor_of
from admin.routing import action
from admin.tip_page import tip_page
from models.errors import Conflict, DomainError, Forbidden, Invalid, Repeated
from models.house import house
from models.matter import Matter
from models.policy import Action
from models.terms import Mode, TipStatus

Act = Callable[[Matter], Awaitable[object]]
WRITTEN: Final = frozenset({"replied", "noted"})


@action(Action.REGISTER)
async def register(request: web.Request) -> web.StreamResponse:
    """编号登记; where casework happens elsewhere, with the official platform's number."""
    number = await text(request, "official_no")
    done = "registered_there" if house().mode is Mode.FRONT_DOOR else "registered"
    return await carry_out(request, done, lambda matter: matter.register(official_no=number))


@action(Action.FOLLOW)
async def follow(request: web.Request) -> web.StreamResponse:
    """What the official platform reports, noted by hand."""
    said, chosen, day = [await text(request, name) for name in ("answer", "platform", "platform_day")]

    async def act(matter: Matter) -> None:
        try:
            status, on = TipStatus(chosen), date.fromisoformat(day)
        except ValueError:
            raise Invalid("tip.day_bad") from None
        await matter.follow(status, on=on, words=said)

    return await carry_out(request, "followed", act)


@action(Action.ACCEPT)
async def accept(request: web.Request) -> web.StreamResponse:
    """受理, with its summary and in somebody's hands."""
    summary, chosen = await text(request, "summary"), await text(request, "assignee")

    async def act(matter: Matter) -> None:
        assignee = await chosen_id(request, "assignee") if chosen else None
        await matter.accept(summary=summary, assignee_id=assignee)

    return await carry_out(request, "accepted", act)


@action(Action.MARK_OUT_OF_SCOPE)
async def mark_out_of_scope(request: web.Request) -> web.StreamResponse:
    """不属受理范围: the reporter is told where to go."""
    guidance = await text(request, "guidance")
    return await carry_out(request, "out_of_scope", lambda matter: matter.mark_out_of_scope(guidance=guidance))


@action(Action.CONCLUDE)
async def conclude(request: web.Request) -> web.StreamResponse:
    """办结, with an answer."""
    answer = await text(request, "answer")
    return await carry_out(request, "concluded", lambda matter: matter.conclude(answer=answer))


@action(Action.ANSWER_OBJECTION)
async def answer_objection(request: web.Request) -> web.StreamResponse:
    """答复异议: afterwards the matter rests."""
    answer = await text(request, "answer")
    return await carry_out(request, "objection_answered", lambda matter: matter.answer_objection(answer))


@action(Action.TAKE_UP_AGAIN)
async def take_up_again(request: web.Request) -> web.StreamResponse:
    """重新办理."""
    answer = await text(request, "answer")
    return await carry_out(request, "taken_up_again", lambda matter: matter.take_up_again(answer))


@action(Action.CLAIM)
async def claim(request: web.Request) -> web.StreamResponse:
    """Into one's own hands, or a colleague's."""

    async def act(matter: Matter) -> None:
        await matter.claim(await chosen_id(request, "assignee"), instead_of=await _seen(request))

    return await carry_out(request, "claimed", act)


@action(Action.SUMMARISE)
async def summarise(request: web.Request) -> web.StreamResponse:
    """写摘要."""
    summary = await text(request, "summary")
    return await carry_out(request, "summarised", lambda matter: matter.summarise(summary))


@action(Action.RELEASE)
async def release(request: web.Request) -> web.StreamResponse:
    """Let in what came in a flood."""
    return await carry_out(request, "released", Matter.release_from_quarantine)


@action(Action.SEAL_UPWARD)
async def seal_upward(request: web.Request) -> web.StreamResponse:
    """密封上报: afterwards nothing of it is left here, not even its page."""
    matter = await Matter.open(actor_of(request), path_id(request, "tip"))
    if await text(request, "sure") != "yes":
        return await again(request, matter.tip.id, Invalid("tip.upward_not_sure"))
    try:
        await matter.seal_upward()
    except (Invalid, Conflict, Forbidden) as problem:
        return await again(request, matter.tip.id, problem)
    raise web.HTTPSeeOther(request.app.router["tips"].url_for().with_query(done="sealed_upward"))


async def carry_out(request: web.Request, done: str, act: Act) -> web.StreamResponse:
    """Open the matter through the actor, act, and go to its page; or stay on it and say what is to be mended."""
    matter = await Matter.open(actor_of(request), path_id(request, "tip"), mark=await text(request, "mark"))
    try:
        with suppress(Repeated):  # the form was sent twice: it is done, and so its page says
            await act(matter)
    except (Invalid, Conflict, Forbidden) as problem:
        return await again(request, matter.tip.id, problem)
    path = request.app.router["tip"].url_for(tip=matter.tip.id.hex).with_query(done=done)
    # After writing, the eye should rest on what was written, and on 撤回.
    raise web.HTTPSeeOther(path.with_fragment("latest") if done in WRITTEN else path)


async def _seen(request: web.Request) -> UUID | None:
    """In whose hands the page showed the matter."""
    return await chosen_id(request, "instead_of") if await text(request, "instead_of") else None


async def again(request: web.Request, tip_id: UUID, problem: DomainError) -> web.Response:
    """The page as the matter stands now. It may have gone meanwhile; then the words come back on that page.

    The gate let this role pass, so what is forbidden now was open when the page was made.
    """
    if isinstance(problem, Forbidden):
        problem = Conflict("tip.moved_on")
    matter = await Matter.open(actor_of(request), tip_id)
    await matter.read()  # the page shows the words, whatever it was asked for
    return await tip_page(request, matter, typed=await words(request), problem=problem)
