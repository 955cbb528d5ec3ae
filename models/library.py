"""The library: what the desk looks after, and what is read. Who reads is neither counted nor noted.

Residents read what is published for everybody; people in office, in the chat behind their post, also what is for them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar
from uuid import UUID

from tortoise.expressions import Q
from tortoise.queryset import QuerySet

from models.actor import Actor
from models.errors import NotFound
from models.lesson import Lesson, LessonVersion, seen_by
from models.official import Official, Reached
from models.outbox import Say
from models.policy import Action, require
from models.terms import LessonKind, LessonState
from models.text import clean

AT_DESK: Final = 30
ON_PAGE: Final = 20
IN_CHAT: Final = 6
MOST_CHOICES: Final = 500
Item = TypeVar("Item", Lesson, LessonVersion)


@dataclass(frozen=True, slots=True)
class Shelf(Generic[Item]):
    """One page of a list. `number` begins with one."""

    items: Sequence[Item]
    number: int
    pages: int


async def held(actor: Actor, *, kind: LessonKind | None = None, words: str = "", number: int = 1) -> Shelf[Lesson]:
    """At the desk: thirty, newest first, by kind and by words of the title; each with its versions."""
    require(actor, Action.LIST_LESSONS)
    rows = Lesson.filter(seen_by(actor))
    if kind:
        rows = rows.filter(kind=kind)
    for word in clean(words).split():
        rows = rows.filter(title__icontains=word)
    return await _shelf(rows.order_by("-made_at", "-id").prefetch_related("versions"), number, AT_DESK)


async def readable(
    *, officials: bool = False, kind: LessonKind | None = None, number: int = 1, most: int = ON_PAGE
) -> Shelf[LessonVersion]:
    """What may be read, published last first; each with its lesson."""
    rows = _open_to(officials=officials)
    if kind:
        rows = rows.filter(lesson__kind=kind)
    return await _shelf(rows.order_by("-published_at", "-id").select_related("lesson__unit"), number, most)


async def teachable() -> list[Lesson]:
    """What a course may teach: every lesson that is published, newest first."""
    rows = Lesson.filter(versions__state=LessonState.PUBLISHED)
    return await rows.order_by("-made_at", "-id").limit(MOST_CHOICES)


async def read(lesson_id: UUID, *, officials: bool = False) -> LessonVersion:
    """The published version. NotFound for what is not for this reader: absent and hidden look alike."""
    rows = _open_to(officials=officials).filter(lesson_id=lesson_id)
    found = await rows.select_related("lesson__unit", "material").first()
    if found is None:
        raise NotFound
    return found


def said(version: LessonVersion, language: str, office: str) -> Say:
    """The whole of it as one message, from a version that came with its lesson."""
    words: dict[str, Any] = {**version.text_in(language), "office": office}
    if version.lesson.kind is not LessonKind.CASE:
        return Say("lesson.words", params=words)
    day = version.notified_on.isoformat() if version.notified_on else ""
    return Say("lesson.case", params={**words, "where": version.notified_where, "day": day})


async def is_official(contact_id: UUID) -> bool:
    """Whether somebody in office enrolled in this chat."""
    link = await Reached.by_contact(contact_id)
    return link is not None and await Official.exists(reached_id=link.id, ended_on=None)


def _open_to(*, officials: bool) -> QuerySet[LessonVersion]:
    everybody = Q() if officials else Q(officials_only=False)
    return LessonVersion.filter(everybody, state=LessonState.PUBLISHED)


async def _shelf(rows: QuerySet[Item], number: int, most: int) -> Shelf[Item]:
    """A number beyond the last page shows the last one."""
    pages = max(1, -(-await rows.count() // most))
    number = min(max(1, number), pages)
    return Shelf(await rows.offset((number - 1) * most).limit(most), number, pages)
