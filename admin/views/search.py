"""搜索: by number, village, status and day in the address; by words in a form, for words never stand in an address."""

from datetime import date
from typing import Any

from aiohttp import web

from admin.forms import text
from admin.language import words_of
from admin.limits import days_left
from admin.pages import actor_of, page
from admin.problems import status_of
from admin.routing import action
from models.desk import Item
from models.errors import DomainError, Invalid, NotFound
from models.policy import Action
from models.search import HIGHEST_NO, LONGEST, Wanted, find, find_words
from models.terms import TipStatus
from models.unit import tree


@action(Action.SEARCH)
async def search(request: web.Request) -> web.StreamResponse:
    """The form, and what it finds in the columns."""
    query = request.query
    try:
        wanted = _wanted(request)
    except ValueError:
        return await _show(request, problem=Invalid("search.day_bad"))
    if wanted.empty:
        return await _show(request)
    found = await find(actor_of(request), wanted, before=_number(query.get("before", "")))
    kept = {name: value for name, value in query.items() if name != "before" and value}
    onward = str(request.rel_url.with_query({**kept, "before": str(found.after)})) if found.after else ""
    return await _show(request, items=found.items, onward=onward, asked=True)


@action(Action.SEARCH)
async def words(request: web.Request) -> web.StreamResponse:
    """Within the words of open matters, with this session's keys."""
    sought = await text(request, "sought")
    try:
        found = await find_words(actor_of(request), sought, before=_number(await text(request, "before")))
    except Invalid as problem:
        return await _show(request, problem=problem, sought=sought)
    told: dict[str, Any] = {"looked": found.looked, "after": found.after, "too_long": found.too_long}
    return await _show(request, items=found.items, **told, sought=sought, asked=True)


async def _show(
    request: web.Request, *, items: list[Item] | None = None, problem: DomainError | None = None, **extra: Any
) -> web.Response:
    t, query = words_of(request), request.query
    blank: dict[str, Any] = {"asked": False, "sought": "", "looked": 0, "after": None, "onward": "", "too_long": None}
    return await page(
        request,
        "search.html",
        status=status_of(problem) if problem else 200,
        items=[(item, days_left(t, item.due_on, item.arrived_on)) for item in items or []],
        typed={name: query.get(name, "") for name in ("q", "status", "since", "until")},
        statuses=list(TipStatus),
        units=await tree(),
        problem=problem,
        longest=LONGEST,
        **{**blank, **extra},
    )


def _wanted(request: web.Request) -> Wanted:
    """ValueError when a day is none, or a status."""
    query = request.query
    days = {name: date.fromisoformat(query[name]) if query.get(name) else None for name in ("since", "until")}
    return Wanted(typed=query.get("q", ""), status=TipStatus(query["status"]) if query.get("status") else None, **days)


def _number(given: str) -> int | None:
    """A number of arrival from where to go on. What cannot be one does not exist."""
    if not given:
        return None
    if not given.isdecimal() or not 0 <= int(given) < HIGHEST_NO:
        raise NotFound
    return int(given)
