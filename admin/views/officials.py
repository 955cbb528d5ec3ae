"""监察对象: who is reached with reminders, new posts, invitations, and ends."""

from typing import Any
from uuid import UUID

from aiohttp import web

from admin.audience_form import words_in
from admin.config import CONFIG
from admin.forms import chosen_id, path_id, text, words
from admin.pages import actor_of, page
from admin.problems import status_of
from admin.routing import action
from admin.views.composing import downward
from models.errors import Conflict, DomainError, Invalid, NotFound
from models.official import Official, officials_under
from models.policy import Action
from models.terms import Category
from models.unit import tree


@action(Action.LIST_OFFICIALS)
async def officials(request: web.Request) -> web.StreamResponse:
    """By unit and name, fifty a page."""
    return await _show(request)


@action(Action.MANAGE_OFFICIALS)
async def enter(request: web.Request) -> web.StreamResponse:
    """A new post; its invitation is on this page once and never again."""
    try:
        one, code = await Official.add(
            actor_of(request),
            unit_id=await chosen_id(request, "unit"),
            name=await text(request, "name"),
            post=await text(request, "post"),
            category=Category(await text(request, "category")),
            tags=words_in(await text(request, "tags")),
        )
    except (Invalid, ValueError) as problem:
        shown = problem if isinstance(problem, Invalid) else Invalid("error.choice")
        return await _show(request, problem=shown)
    return await _show(request, invited=one, code=code)


@action(Action.MANAGE_OFFICIALS)
async def invitation(request: web.Request) -> web.StreamResponse:
    """A new code; the old one is void."""
    one = await Official.of(actor_of(request), path_id(request, "official"))
    try:
        code = await one.invite_again(actor_of(request))
    except Conflict as problem:
        return await _show(request, problem=problem)
    return await _show(request, invited=one, code=code)


@action(Action.MANAGE_OFFICIALS)
async def end(request: web.Request) -> web.StreamResponse:
    """卸任: the link to his chat goes."""
    one = await Official.of(actor_of(request), path_id(request, "official"))
    try:
        await one.end(actor_of(request))
    except Conflict as problem:
        return await _show(request, problem=problem)
    raise web.HTTPSeeOther(request.app.router["officials"].url_for())


async def _show(request: web.Request, *, problem: DomainError | None = None, **extra: Any) -> web.Response:
    actor, units = actor_of(request), await tree()
    link, code = request.app[CONFIG].bot_link, extra.get("code", "").replace("-", "")
    return await page(
        request,
        "officials.html",
        status=status_of(problem) if problem else 200,
        page=await officials_under(
            actor, unit_id=_id(request.query.get("unit", "")), after=_id(request.query.get("after", ""))
        ),
        units=units,
        choices=downward(units, actor.unit_id),
        chosen=request.query.get("unit", ""),
        categories=list(Category),
        problem=problem,
        typed=await words(request) if problem else {},
        link=f"{link}?start=p{code}" if link and code else "",
        **{"code": "", "invited": None, **extra},
    )


def _id(value: str) -> UUID | None:
    if not value:
        return None
    try:
        return UUID(hex=value)
    except ValueError:
        raise NotFound from None
