"""Lessons as their authors write them: through the front door."""

from datetime import date
from typing import Any

from models.audience import Audience
from models.course import Course, months_ahead
from models.lesson import Lesson
from models.publishing import approve, propose
from models.terms import CaseCheck, Language, LessonKind
from tests.world import World

WORDS = {
    Language.ZH_CN: {"title": "公款不是私款", "body": "村里的钱，一分一厘都要入账。"},
    Language.EN: {"title": "Public money is not private", "body": "Every yuan of the village is booked."},
}
CASE = {
    Language.ZH_CN: {
        "title": "低保名单里的亲戚",
        "facts": "某村干部把亲戚列进低保名单。",
        "rule": "优亲厚友，违反群众纪律。",
        "prevention": "名单张榜，亲属要申报。",
    }
}
CHECKED: dict[str, Any] = {
    "texts": CASE,
    "checks": list(CaseCheck),
    "notified_where": "云岭县清风网",
    "notified_on": date(2026, 10, 9),
}


async def written(world: World, by: str = "xianban", kind: LessonKind = LessonKind.ARTICLE, **told: Any) -> Lesson:
    """A draft."""
    given = CHECKED if kind is LessonKind.CASE else {"texts": WORDS}
    return await Lesson.write(await world.actor(by), kind, **{**given, **told})


async def published(world: World, kind: LessonKind = LessonKind.ARTICLE, **told: Any) -> Lesson:
    """Proposed by its author, approved by the county's secretary."""
    lesson = await written(world, kind=kind, **told)
    await approved(world, lesson)
    return lesson


async def approved(world: World, lesson: Lesson) -> None:
    """Its open version is published."""
    await propose(await world.actor("xianban"), lesson)
    await approve(await world.actor("xianshuji"), lesson, list(CaseCheck))


def titled(title: str) -> dict[Language, dict[str, str]]:
    """An article of this title."""
    return {Language.ZH_CN: {"title": title, "body": "正文。"}}


async def planned(world: World, taught: list[Lesson], by: str = "xianban", **told: Any) -> Course:
    """One lesson a month from December on, on the fifteenth."""
    actor = await world.actor(by)
    months = dict(zip(months_ahead()[1:], [one.id for one in taught], strict=False))
    given = {"title": "廉洁每月一课", "day": 15, "audience": Audience(actor.unit_id), "lessons": months}
    return await Course.plan(actor, **{**given, **told})
