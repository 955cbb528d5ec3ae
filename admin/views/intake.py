"""＋登记来访来电来信: the form, the look at who will see it, and the slip."""

from contextlib import suppress
from typing import Any

from aiohttp import web

from admin.config import POSTED
from admin.forms import text
from admin.intake_form import Problems, channel_of, take, told, typed
from admin.intake_pages import already_page, form_page, named, nobody_page, review_page, slip_page
from admin.pages import actor_of
from admin.public.answers import route_of
from admin.public.posted import Posted
from admin.public.visit import Visit
from admin.routing import action
from models.db import DatabaseBusy
from models.errors import Conflict, DomainError, Gone, Invalid, NotOpen
from models.intake import draft_of, is_fresh, take_in
from models.policy import Action
from models.sealing import new_secret
from models.tip import Filed
from models.unit import tree

STAY = frozenset({"look", "keep", "drop"})
"""Buttons that take what is there and stay on the form."""


@action(Action.TAKE_IN)
async def blank(request: web.Request) -> web.StreamResponse:
    """A form nobody has written on; its own secret makes a form that is sent twice one tip."""
    visit = await _visit(request, new_secret())
    notice = "intake.wiped" if request.query.get("done") == "wiped" else ""
    return await form_page(visit, told(visit), {}, notice=notice)


@action(Action.TAKE_IN, files=True)
async def intake(request: web.Request) -> web.StreamResponse:
    """One press on the form or on the review."""
    visit = await _visit(request, request[POSTED].secret or new_secret())
    if filed := await Filed.known(visit.telling):
        return await _again(visit, filed)
    try:
        return await _answer(visit)
    except Gone:
        filed = await Filed.known(visit.telling)
        return await (_again(visit, filed) if filed else _afresh(visit, "intake.was_deleted"))
    except NotOpen:
        await _drop(visit)
        return await nobody_page(request)


@action(Action.TAKE_IN)
async def places(request: web.Request) -> web.StreamResponse:
    """For the page that searches while one types: what the same search step would find."""
    units = await tree()
    found = [{"id": node.id.hex, "name": named(units, node)} for node in units.search(await text(request, "search"))]
    return web.json_response(found)


async def _visit(request: web.Request, secret: bytes, posted: Posted | None = None) -> Visit:
    posted = posted or request.get(POSTED) or Posted()
    draft = posted.draft or await draft_of(actor_of(request), secret)
    return Visit(request, posted, secret, draft)


async def _answer(visit: Visit) -> web.StreamResponse:
    act, problems = visit.act[0], Problems()
    if visit.posted.text("page") == "form":
        problems = await take(visit)
        await route_of(visit.telling)  # before anything is kept: perhaps nobody here may know of it
        if act == "drop":
            await visit.take_down(visit.telling, visit.act[1])
        await _keep(visit, problems)
    if act == "wipe":
        await _drop(visit)
        raise web.HTTPSeeOther(visit.request.app.router["intake"].url_for().with_query(done="wiped"))
    if act == "submit":
        return await _hand_in(visit)
    if act == "edit":
        return await form_page(visit, told(visit), {})
    if act in STAY or problems or visit.posted.untaken:
        return await form_page(visit, typed(visit.posted), {} if act in STAY else problems)
    return await review_page(visit)


async def _hand_in(visit: Visit) -> web.StreamResponse:
    try:
        filed = await take_in(actor_of(visit.request), visit.draft, channel_of(visit))
    except (Invalid, Conflict, DatabaseBusy) as problem:
        shown = problem if isinstance(problem, DomainError) else Invalid("error.busy")
        return await form_page(visit, told(visit), {"form": shown})
    return await slip_page(visit, filed)


async def _again(visit: Visit, filed: Filed) -> web.StreamResponse:
    """Sent twice: the same slip, for a while. Afterwards nobody at this desk may open it any more."""
    if visit.posted.text("page") == "form":
        return await _afresh(visit, "intake.was_handed_in")
    with suppress(DatabaseBusy):  # then it goes after its 72 hours
        await visit.draft.drop()
    if is_fresh(visit.secret, visit.posted.text("until")):
        return await slip_page(visit, filed)
    return await already_page(visit.request)


async def _afresh(visit: Visit, notice: str) -> web.StreamResponse:
    """The next visitor's words on a form that is done with, as after going back: they get a form of their own."""
    await visit.let_go()
    fresh = await _visit(visit.request, new_secret(), Posted(untaken=visit.posted.untaken))
    return await form_page(fresh, typed(visit.posted), {}, notice=notice)


async def _keep(visit: Visit, problems: dict[str, Any]) -> None:
    try:
        await visit.draft.keep()
    except DatabaseBusy:
        problems["form"] = Invalid("error.busy")


async def _drop(visit: Visit) -> None:
    for file in visit.telling.files():
        await visit.take_down(visit.telling, file.hex)
    with suppress(DatabaseBusy):  # then it goes after its 72 hours
        await visit.draft.drop()
