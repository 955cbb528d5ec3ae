"""写一课: words in up to three languages, what hangs beside them, for whom, and what a case must be."""

from datetime import date
from typing import Any

from aiohttp import web

from admin.bringing import BROUGHT
from admin.forms import chosen_id, form_of, path_id, stamp, text
from admin.pages import actor_of, page
from admin.problems import status_of
from admin.routing import action
from models.checklist import MAX_BODY, MAX_PART, MAX_PLACE, MAX_TITLE, parts_of
from models.errors import Conflict, DomainError, Invalid
from models.lesson import SHOWN, Lesson, LessonVersion
from models.material import LARGEST_MB, Material
from models.policy import Action
from models.terms import CaseCheck, Language, LessonKind


@action(Action.WRITE_LESSON)
async def new(request: web.Request) -> web.StreamResponse:
    """An empty sheet of the kind asked for."""
    return await _show(request, _kind(request), _fields_of(None))


@action(Action.WRITE_LESSON)
async def edit(request: web.Request) -> web.StreamResponse:
    """The newest version once more."""
    lesson = await _own(request)
    return await _show(request, lesson.kind, _fields_of(await lesson.newest()), lesson=lesson)


@action(Action.WRITE_LESSON, material=True)
async def create(request: web.Request) -> web.StreamResponse:
    """A draft."""
    kind = _kind(request)
    try:
        made = await Lesson.write(actor_of(request), kind, **await _told(request, kind))
    except Invalid as problem:
        return await _show(request, kind, await _typed(request), problem=problem)
    raise web.HTTPSeeOther(f"/lessons/{made.id.hex}")


@action(Action.WRITE_LESSON, material=True)
async def revise(request: web.Request) -> web.StreamResponse:
    """The draft, changed; or a new version of what is published."""
    lesson = await _own(request)
    try:
        await lesson.revise(actor_of(request), read=await stamp(request), **await _told(request, lesson.kind))
    except Invalid as problem:
        return await _show(request, lesson.kind, await _typed(request), lesson=lesson, problem=problem)
    except Conflict as problem:
        present = (await lesson.newest()).stamp()  # saved once more, it is meant
        fields = await _typed(request) | {"read": present}
        return await _show(request, lesson.kind, fields, lesson=lesson, problem=problem)
    raise web.HTTPSeeOther(f"/lessons/{lesson.id.hex}")


async def _own(request: web.Request) -> Lesson:
    lesson = await Lesson.of(actor_of(request), path_id(request, "lesson"))
    lesson.own(actor_of(request))
    return lesson


def _kind(request: web.Request) -> LessonKind:
    asked = request.query.get("kind", "")
    return LessonKind(asked) if asked in set(LessonKind) else LessonKind.ARTICLE


async def _told(request: web.Request, kind: LessonKind) -> dict[str, Any]:
    if BROUGHT in request and (refused := request[BROUGHT].problem):
        raise refused
    names = ("title", *parts_of(kind))
    held = await _held(request)
    return {
        "texts": {one: {name: await text(request, f"{name}_{one}") for name in names} for one in Language},
        "officials_only": await text(request, "readers") == "officials",
        "checks": [one for one in CaseCheck if one in (await form_of(request)).getall("check", [])],
        "notified_where": await text(request, "notified_where"),
        "notified_on": _day(await text(request, "notified_on")),
        "material_id": held.id if held else None,
    }


async def _held(request: web.Request) -> Material | None:
    """What was brought just now, or before; the domain asks whose it is and whether it fits."""
    if BROUGHT in request and request[BROUGHT].material:
        return request[BROUGHT].material
    if not await text(request, "material"):
        return None
    return await Material.of(actor_of(request), await chosen_id(request, "material"))


def _day(typed: str) -> date | None:
    try:
        return date.fromisoformat(typed.strip()) if typed.strip() else None
    except ValueError:
        raise Invalid("lesson.day_bad") from None


def _fields_of(version: LessonVersion | None) -> dict[str, Any]:
    texts = version.texts if version else {}
    words = {f"{name}_{one}": line for one, parts in texts.items() for name, line in parts.items()}
    return {
        **words,
        "read": version.stamp() if version else "",
        "readers": "officials" if version and version.officials_only else "all",
        "checks": version.checks if version else [],
        "notified_where": version.notified_where if version else "",
        "notified_on": version.notified_on.isoformat() if version and version.notified_on else "",
        "material": version.material if version else None,
    }


async def _typed(request: web.Request) -> dict[str, Any]:
    form, held = await form_of(request), await _held(request)  # a file that was taken stays taken
    plain = {name: str(value) for name, value in form.items()}
    return {**_fields_of(None), **plain, "checks": form.getall("check", []), "material": held}


async def _show(
    request: web.Request,
    kind: LessonKind,
    fields: dict[str, Any],
    *,
    lesson: Lesson | None = None,
    problem: DomainError | None = None,
) -> web.Response:
    return await page(
        request,
        "lessons/write.html",
        status=status_of(problem) if problem else 200,
        kind=kind,
        lesson=lesson,
        fields=fields,
        parts=parts_of(kind),
        most={"title": MAX_TITLE, "body": MAX_BODY, "place": MAX_PLACE, "part": MAX_PART},
        writing=list(Language),
        checks=list(CaseCheck),
        brings=SHOWN.get(kind),
        file_most=LARGEST_MB,
        material=fields["material"],
        problem=problem,
    )
