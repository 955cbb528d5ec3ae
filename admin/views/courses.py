"""每月一课: a course's months, each with its lesson, and what became of them."""

from datetime import date
from typing import Any, Final

from aiohttp import web

from admin.forms import chosen_id, path_id, text, words
from admin.numbers import line_number
from admin.pages import actor_of, page
from admin.problems import status_of
from admin.routing import action
from admin.views.composing import downward
from models.audience import Audience
from models.course import DAYS, MAX_TITLE, Course, CourseMonth, courses, months_ahead
from models.errors import DomainError, Invalid
from models.library import teachable
from models.policy import Action
from models.terms import OccurrenceState
from models.unit import tree

USUAL_DAY: Final = 15


@action(Action.PLAN_COURSE)
async def courses_page(request: web.Request) -> web.StreamResponse:
    """The courses of one's own office."""
    return await page(request, "lessons/courses.html", items=await courses(actor_of(request)))


@action(Action.PLAN_COURSE)
async def new(request: web.Request) -> web.StreamResponse:
    """An empty plan for the twelve months ahead."""
    return await _show(request)


@action(Action.PLAN_COURSE)
async def course(request: web.Request) -> web.StreamResponse:
    """One course."""
    return await _show(request, await _of(request))


@action(Action.PLAN_COURSE)
async def create(request: web.Request) -> web.StreamResponse:
    """A new one."""
    try:
        made = await Course.plan(actor_of(request), **await _told(request))
    except Invalid as problem:
        return await _show(request, typed=await words(request), problem=problem)
    raise web.HTTPSeeOther(f"/courses/{made.id.hex}")


@action(Action.PLAN_COURSE)
async def replan(request: web.Request) -> web.StreamResponse:
    """The months ahead, planned anew."""
    found = await _of(request)
    try:
        await found.replan(actor_of(request), **await _told(request))
    except Invalid as problem:
        return await _show(request, await _of(request), typed=await words(request), problem=problem)
    raise web.HTTPSeeOther(f"/courses/{found.id.hex}")


async def _of(request: web.Request) -> Course:
    return await Course.of(actor_of(request), path_id(request, "course"))


async def _told(request: web.Request) -> dict[str, Any]:
    lessons = {one: await chosen_id(request, _field(one)) for one in months_ahead() if await text(request, _field(one))}
    return {
        "title": await text(request, "title"),
        "day": line_number(await text(request, "day")) or 0,
        "audience": Audience(await chosen_id(request, "unit")),
        "lessons": lessons,
    }


def _field(month: date) -> str:
    return f"lesson_{month:%Y-%m}"


def _fields_of(found: Course | None, taught: list[CourseMonth], own: str) -> dict[str, Any]:
    planned = {_field(row.month): row.lesson_id.hex for row in taught}
    if found is None:
        return {"title": "", "day": str(USUAL_DAY), "unit": own}
    return {"title": found.title, "day": str(found.day), "unit": found.audience["unit"], **planned}


async def _show(
    request: web.Request,
    found: Course | None = None,
    *,
    typed: dict[str, str] | None = None,
    problem: DomainError | None = None,
) -> web.Response:
    actor, units = actor_of(request), await tree()
    taught = await found.taught() if found else []
    begun = {row.month for row in taught if row.state is not OccurrenceState.PLANNED}
    return await page(
        request,
        "lessons/course.html",
        status=status_of(problem) if problem else 200,
        course=found,
        taught=[row for row in taught if row.month in begun],
        months=[(one, _field(one)) for one in months_ahead() if one not in begun],
        fields={**_fields_of(found, taught, actor.unit_id.hex), **(typed or {})},
        lessons=await teachable(),
        units=list(downward(units, actor.unit_id)),
        days=list(DAYS),
        most=MAX_TITLE,
        problem=problem,
    )
