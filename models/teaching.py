"""A lesson on its way to people: the short text of a broadcast, whose button opens the whole of it."""

from typing import Final
from uuid import UUID

from models.actor import Actor
from models.audience import Audience
from models.campaign import AHEAD, UNDER_WAY, Campaign, Texts
from models.checklist import parts_of
from models.errors import Conflict, Invalid
from models.lesson import Lesson, LessonVersion
from models.terms import CampaignKind, LessonKind, LessonState, Readers

FORETASTE: Final = 120
"""Characters of the lesson itself in its broadcast."""


async def broadcast(actor: Actor, lesson: Lesson) -> Campaign:
    """A draft to all people in office under the actor's unit, with the lesson behind a button.

    Conflict when nothing of the lesson is published.
    """
    version = await lesson.live()
    if version is None:
        raise Conflict("lesson.not_published")
    return await Campaign.compose(
        actor,
        kind=CampaignKind.EDUCATION,
        texts=foretaste(lesson.kind, version),
        audience=Audience(actor.unit_id),
        lesson_id=lesson.id,
    )


async def require_teachable(lesson_id: UUID | None, audience: Audience) -> None:
    """Conflict when its lesson is withdrawn; Invalid when people would be sent what they may not open."""
    if lesson_id is None:
        return
    version = await LessonVersion.get_or_none(lesson_id=lesson_id, state=LessonState.PUBLISHED)
    if version is None:
        raise Conflict("lesson.not_published")
    if version.officials_only and set(audience.readers) != {Readers.OFFICIALS}:
        raise Invalid("lesson.for_officials")


async def stop_untaught(actor: Actor, lesson_id: UUID) -> None:
    """The lesson was withdrawn, or is for fewer people now: what is approved and carries it to others is not sent any
    more. In the caller's transaction.
    """
    for campaign in await Campaign.filter(lesson_id=lesson_id, state__in=list(AHEAD | UNDER_WAY)):
        try:
            await require_teachable(lesson_id, Audience.from_json(campaign.audience))
        except (Conflict, Invalid):
            await campaign.halt(actor)


def foretaste(kind: LessonKind, version: LessonVersion) -> Texts:
    """Title and first words, in every language the lesson is written in."""
    first = parts_of(kind)[0]
    return {language: f"{words['title']}\n\n{_begin(words[first])}" for language, words in version.texts.items()}


def _begin(text: str) -> str:
    return text if len(text) <= FORETASTE else text[: FORETASTE - 1].rstrip() + "…"
