"""廉洁课堂 at the desk: the library, one lesson with its versions, and what is done with it."""

from collections.abc import Awaitable, Callable
from typing import Final

from aiohttp import web

from admin.forms import asked_id, form_of, path_id
from admin.numbers import line_number
from admin.pages import actor_of, page
from admin.problems import status_of
from admin.routing import action
from admin.streams import hung
from locales import t
from models import library, publishing, teaching
from models.actor import Actor
from models.errors import Conflict, DomainError, Forbidden, Invalid, NotFound
from models.lesson import Lesson, LessonVersion, sees
from models.lesson import versions as versions_of
from models.policy import Action, may
from models.terms import CaseCheck, Language, LessonKind, LessonState
from models.unit import tree

OPEN: Final = (LessonState.DRAFT, LessonState.PROPOSED)
Act = Callable[[Lesson], Awaitable[object]]


@action(Action.LIST_LESSONS)
async def lessons(request: web.Request) -> web.StreamResponse:
    """What there is, by kind and words of the title."""
    query = request.query
    kind = LessonKind(query["kind"]) if query.get("kind") in set(LessonKind) else None
    words, number = query.get("words", ""), line_number(query.get("page", "")) or 1
    found = await library.held(actor_of(request), kind=kind, words=words, number=number)
    return await page(
        request,
        "lessons/list.html",
        shelf=found,
        items=[(one, *_standing(actor_of(request), one)) for one in found.items],
        units=await tree(),
        kinds=list(LessonKind),
        kind=kind,
        words=words,
        writes=may(actor_of(request), Action.WRITE_LESSON),
    )


@action(Action.LIST_LESSONS)
async def lesson(request: web.Request) -> web.StreamResponse:
    """One lesson, in its newest version or the one asked for."""
    return await _show(request, await _of(request))


@action(Action.WRITE_LESSON)
async def put(request: web.Request) -> web.StreamResponse:
    """提请审批."""
    return await _carry_out(request, lambda one: publishing.propose(actor_of(request), one))


@action(Action.APPROVE_LESSON)
async def approve(request: web.Request) -> web.StreamResponse:
    """同意发布. Of a case every check is ticked anew."""
    seen = [str(one) for one in (await form_of(request)).getall("seen", [])]
    asked = await asked_id(request)
    return await _carry_out(request, lambda one: publishing.approve(actor_of(request), one, seen, asked=asked))


@action(Action.APPROVE_LESSON)
async def send_back(request: web.Request) -> web.StreamResponse:
    """退回修改."""
    asked = await asked_id(request)
    return await _carry_out(request, lambda one: publishing.decline(actor_of(request), one, asked=asked))


@action(Action.WRITE_LESSON)
async def withdraw(request: web.Request) -> web.StreamResponse:
    """撤下."""
    return await _carry_out(request, lambda one: one.withdraw(actor_of(request)))


@action(Action.COMPOSE)
async def broadcast(request: web.Request) -> web.StreamResponse:
    """群发这一课: a draft, to be looked over before it is proposed."""
    found = await _of(request)
    try:
        made = await teaching.broadcast(actor_of(request), found)
    except Conflict as problem:
        return await _show(request, found, problem=problem)
    raise web.HTTPSeeOther(f"/outreach/{made.id.hex}/edit")


@action(Action.LIST_LESSONS)
async def material(request: web.Request) -> web.StreamResponse:
    """What hangs beside a version: pictures in place, films in their player, files to be saved."""
    found = await _of(request)
    version = await _version(request, found)
    if version.material is None:
        raise NotFound
    return await hung(request, version.material)


def _standing(actor: Actor, one: Lesson) -> tuple[LessonVersion, bool]:
    """The newest version this desk sees, and whether any is read."""
    shown = [version for version in one.versions if sees(actor, one, version)]
    newest = max(shown, key=lambda version: version.number)
    return newest, any(version.state is LessonState.PUBLISHED for version in shown)


async def _of(request: web.Request) -> Lesson:
    return await Lesson.of(actor_of(request), path_id(request, "lesson"))


async def _version(request: web.Request, found: Lesson) -> LessonVersion:
    """The one asked for by its number, or the newest the reader may see. NotFound for drafts of other offices."""
    shown = await versions_of(actor_of(request), found)
    number = line_number(request.query.get("version", ""))
    asked = [one for one in shown if number in {None, one.number}]
    if not asked:
        raise NotFound
    return asked[0]


async def _carry_out(request: web.Request, act: Act) -> web.StreamResponse:
    found = await _of(request)
    try:
        await act(found)
    except (Invalid, Conflict, Forbidden) as problem:
        return await _show(request, await _of(request), problem=problem)
    raise web.HTTPSeeOther(f"/lessons/{found.id.hex}")


async def _show(request: web.Request, found: Lesson, *, problem: DomainError | None = None) -> web.Response:
    actor, units, version = actor_of(request), await tree(), await _version(request, found)
    versions = await versions_of(actor, found)
    newest, live = versions[0], next((one for one in versions if one.state is LessonState.PUBLISHED), None)
    waits = await publishing.waiting(newest)
    said = {language: library.said(version, language, units[found.unit_id].office) for language in version.texts}
    return await page(
        request,
        "lessons/show.html",
        status=status_of(problem) if problem else 200,
        one=found,
        version=version,
        versions=versions,
        newest=newest,
        live=live,
        office=units[found.unit_id].office,
        own=found.unit_id == actor.unit_id and may(actor, Action.WRITE_LESSON),
        open=newest.state in OPEN,
        waits=waits,
        approves=waits and await publishing.approves(actor, newest),
        checks=list(CaseCheck),
        previews=[(one, t(one, said[one].key, **said[one].params)) for one in Language if one in said],
        composes=may(actor, Action.COMPOSE),
        problem=problem,
    )
