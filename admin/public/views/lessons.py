"""廉洁课堂 for everybody: `/lessons` and one of them. Being here says nothing of anybody, and nobody is counted."""

from uuid import UUID

from aiohttp import web

from admin.numbers import line_number
from admin.public.pages import language_of, page
from admin.streams import hung
from models.errors import NotFound
from models.lesson import LessonVersion
from models.library import read, readable
from models.terms import LessonKind


async def lessons(request: web.Request) -> web.Response:
    """What is published for everybody, newest first, perhaps of one kind."""
    asked = request.query.get("kind", "")
    kind = LessonKind(asked) if asked in set(LessonKind) else None
    shelf = await readable(kind=kind, number=line_number(request.query.get("page", "")) or 1)
    language = language_of(request)
    items = [(one, one.text_in(language)["title"]) for one in shelf.items]
    return page(request, "lessons.html", shelf=shelf, items=items, kind=kind, kinds=list(LessonKind))


async def lesson(request: web.Request) -> web.Response:
    """One of them, whole. What hangs beside it comes only when it is asked for, but for a picture."""
    version = await _of(request)
    language = language_of(request)
    return page(
        request,
        "lesson.html",
        version=version,
        words=version.text_in(language),
        spoken=version.spoken(language),
        office=version.lesson.unit.office,
        is_case=version.lesson.kind is LessonKind.CASE,
    )


async def material(request: web.Request) -> web.StreamResponse:
    """What hangs beside it. NotFound as soon as the lesson is withdrawn."""
    version = await _of(request)
    if version.material is None:
        raise NotFound
    return await hung(request, version.material)


async def _of(request: web.Request) -> LessonVersion:
    try:
        return await read(UUID(hex=request.match_info["lesson"]))
    except ValueError:
        raise NotFound from None
