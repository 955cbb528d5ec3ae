"""节点: an office's own days of reminding, and what people in office report of weddings and funerals."""

from datetime import date
from uuid import UUID

from aiohttp import web

from admin.forms import chosen_id, path_id, text, words
from admin.language import words_of
from admin.pages import actor_of, page
from admin.problems import status_of
from admin.routing import action
from admin.views.composing import downward
from locales import LANGUAGES, t
from models.declaration import Declaration, Telling
from models.errors import Conflict, DomainError, Invalid, NotFound
from models.official import officials_under
from models.own_node import OwnNode, own_nodes
from models.policy import Action
from models.terms import DeclaredEvent, Language
from models.unit import tree

CALENDAR = "/calendar"


@action(Action.KEEP_CALENDAR)
async def calendar(request: web.Request) -> web.StreamResponse:
    """One's own nodes, a form for another, and one for a report."""
    return await _show(request)


@action(Action.KEEP_CALENDAR)
async def add(request: web.Request) -> web.StreamResponse:
    """A new node."""
    try:
        month, day = await _number(request, "month"), await _number(request, "day")
        await OwnNode.add(
            actor_of(request),
            name=await text(request, "name"),
            texts={language: await text(request, f"text_{language}") for language in Language},
            on=await _day(request, "on"),
            yearly=(month or 0, day or 0) if month or day else None,
            first_days=await _number(request, "first_days") or 0,
            second_days=await _number(request, "second_days"),
        )
    except (Invalid, Conflict) as problem:
        return await _show(request, problem=problem)
    raise web.HTTPSeeOther(CALENDAR)


@action(Action.KEEP_CALENDAR)
async def end(request: web.Request) -> web.StreamResponse:
    """It comes no more."""
    node = await OwnNode.of(actor_of(request), path_id(request, "node"))
    try:
        await node.end(actor_of(request))
    except Conflict as problem:
        return await _show(request, problem=problem)
    raise web.HTTPSeeOther(CALENDAR)


@action(Action.KEEP_CALENDAR)
async def declare(request: web.Request) -> web.StreamResponse:
    """A report; on to the first of its drafts."""
    try:
        event, day = await _reported(request)
        drafts = await Declaration.enter(
            actor_of(request),
            await chosen_id(request, "official"),
            event=event,
            day=day,
            word=words_of(request)("declaration.mark"),
            wording=_wording,
        )
    except (Invalid, Conflict) as problem:
        return await _show(request, problem=problem)
    raise web.HTTPSeeOther(f"/outreach/{drafts[0].id.hex}")


async def _reported(request: web.Request) -> tuple[DeclaredEvent, date]:
    chosen, day = await text(request, "event"), await _day(request, "event_day")
    if day is None or chosen not in set(DeclaredEvent):
        raise Invalid("declaration.day_bad")
    return DeclaredEvent(chosen), day


def _wording(telling: Telling) -> dict[Language, str]:
    return {Language(language): t(language, f"festival.weddings_funerals.{telling}") for language in LANGUAGES}


async def _number(request: web.Request, name: str) -> int | None:
    """Digits of a field; None when it is empty."""
    typed = (await text(request, name)).strip()
    if not typed:
        return None
    if not typed.isdecimal() or len(typed) > 3:  # noqa: PLR2004  no month, day or span has more
        raise Invalid("own_node.day_bad")
    return int(typed)


async def _day(request: web.Request, name: str) -> date | None:
    typed = (await text(request, name)).strip()
    try:
        return date.fromisoformat(typed) if typed else None
    except ValueError:
        raise Invalid("own_node.day_bad") from None


async def _show(request: web.Request, *, problem: DomainError | None = None) -> web.Response:
    units, own = await tree(), actor_of(request).unit_id
    found = await officials_under(actor_of(request), unit_id=_chosen(request))
    return await page(
        request,
        "outreach/calendar.html",
        status=status_of(problem) if problem else 200,
        nodes=await own_nodes(actor_of(request)),
        officials=found.items,
        more=found.after is not None,
        units=units,
        places=list(downward(units, own)),
        chosen=request.query.get("unit", ""),
        events=list(DeclaredEvent),
        typed=await words(request) if problem else {},
        problem=problem,
    )


def _chosen(request: web.Request) -> UUID | None:
    """A place below, when it was looked for."""
    try:
        return UUID(hex=request.query["unit"]) if request.query.get("unit") else None
    except ValueError:
        raise NotFound from None
