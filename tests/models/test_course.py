"""A lesson on its way to people: as a broadcast with its button, and one a month, each month once or on record."""

import random
from datetime import date, datetime
from typing import Any

import pytest

from models import rounds
from models.approving import propose
from models.audience import Audience
from models.campaign import Campaign
from models.clock import SHANGHAI
from models.course import Course, CourseMonth, courses, following, keep_courses
from models.errors import Conflict, Forbidden, Invalid, NotFound
from models.ledger import lease
from models.reviewed import decide
from models.teaching import broadcast
from models.terms import CampaignKind, CampaignState, OccurrenceState, Readers
from tests.models.lessons import approved, planned, published, titled, written
from tests.models.outreach import at, official, officials
from tests.world import World

PLANNED, DRAFTED, EXPIRED = OccurrenceState.PLANNED, OccurrenceState.DRAFTED, OccurrenceState.EXPIRED


def shanghai(*told: int) -> datetime:
    return datetime(*told, tzinfo=SHANGHAI)  # type: ignore[misc,arg-type]


async def standing(course: Course) -> list[OccurrenceState]:
    return [row.state for row in await course.taught()]


async def test_a_published_lesson_goes_out_with_a_button_to_the_whole_of_it(world: World) -> None:
    await officials(world, 1)
    actor = await world.actor("xianban")
    lesson = await written(world)
    with pytest.raises(Conflict):
        await broadcast(actor, lesson)
    await approved(world, lesson)
    campaign = await broadcast(actor, lesson)
    assert campaign.kind is CampaignKind.EDUCATION
    assert campaign.texts["en"].startswith("Public money is not private\n\nEvery yuan")
    told: dict[str, Any] = {"kind": campaign.kind, "texts": campaign.texts, "audience": Audience(actor.unit_id)}
    await campaign.revise(actor, **told, send_at=at(world))
    await propose(actor, campaign)
    await decide(await world.actor("xianshuji"), campaign, approve=True)
    world.clock.at = at(world)
    await rounds.move_on()
    (letter,) = await lease(30)
    assert [row[0].data for row in letter.say.choices] == [f"!lesson:{lesson.id.hex}", f"!ack:{campaign.id.hex}"]


async def test_a_lesson_for_people_in_office_is_not_sent_to_others_nor_a_withdrawn_one_to_anybody(world: World) -> None:
    await official(world, 1)
    actor = await world.actor("xianban")
    lesson = await published(world, officials_only=True)
    campaign = await broadcast(actor, lesson)
    told: dict[str, Any] = {"kind": campaign.kind, "texts": campaign.texts}
    await campaign.revise(actor, **told, audience=Audience(actor.unit_id, readers=tuple(Readers)))
    with pytest.raises(Invalid, match="for_officials"):
        await propose(actor, campaign)
    await campaign.revise(actor, **told, audience=Audience(actor.unit_id))
    await lesson.withdraw(actor)
    with pytest.raises(Conflict, match="not_published"):
        await propose(actor, campaign)


async def test_each_month_is_drafted_once_ahead_of_its_day(world: World) -> None:
    first, second = await published(world), await published(world, texts=titled("第二课"))
    course = await planned(world, [first, second])
    world.clock.at = shanghai(2026, 12, 5, 8, 59)
    assert await keep_courses() == 0
    world.clock.at = shanghai(2026, 12, 5, 9)
    assert [await keep_courses() for _ in range(3)] == [1, 0, 0]
    (campaign,) = await Campaign.all()
    assert (campaign.state, campaign.kind) == (CampaignState.DRAFT, CampaignKind.EDUCATION)
    assert (campaign.send_at, campaign.lesson_id) == (shanghai(2026, 12, 15, 9), first.id)
    world.clock.at = shanghai(2027, 1, 5, 9)
    assert await keep_courses() == 1
    assert await standing(course) == [DRAFTED, DRAFTED]
    assert (await Campaign.all().order_by("-made_at").first()).texts["zh_CN"].startswith("第二课")  # type: ignore[union-attr]


async def test_a_missed_month_is_on_record_and_a_late_one_is_made_up_within_its_month(world: World) -> None:
    lessons = [await published(world, texts=titled(f"第{number}课")) for number in range(3)]
    course = await planned(world, lessons)
    world.clock.at = shanghai(2027, 1, 20, 9)  # December is over, and January's day too
    assert await keep_courses() == 2
    assert await standing(course) == [EXPIRED, DRAFTED, PLANNED]
    late = await Campaign.get()
    assert (late.send_at, late.ends_at) == (None, shanghai(2027, 1, 31, 20))
    await lessons[2].withdraw(await world.actor("xianban"))
    world.clock.at = shanghai(2027, 2, 20, 9)
    assert await keep_courses() == 0  # it may still be published again
    world.clock.at = shanghai(2027, 2, 28, 20)
    assert await keep_courses() == 1
    assert await standing(course) == [EXPIRED, DRAFTED, EXPIRED]


async def test_a_year_with_random_downtime_teaches_each_month_once_or_says_that_it_was_missed(world: World) -> None:
    weather = random.Random(4)
    course = await planned(world, [await published(world)] * 11)
    while world.clock.at < shanghai(2027, 12, 1):
        world.clock.forward(days=weather.choice((0.3, 3, 12, 55)))
        for _ in range(weather.randrange(3)):
            await keep_courses()
    await keep_courses()
    rows = await course.taught()
    drafted = [row for row in rows if row.state is DRAFTED]
    assert {row.state for row in rows} == {DRAFTED, EXPIRED}
    assert len({row.campaign_id for row in drafted}) == len(drafted) == await Campaign.all().count()
    made = {row.month: row.campaign.made_at.astimezone(SHANGHAI).date() for row in drafted if row.campaign}
    assert all(day < following(month) for month, day in made.items())


async def test_months_that_have_begun_stay_and_those_ahead_are_planned_anew(world: World) -> None:
    first, second = await published(world), await published(world, texts=titled("第二课"))
    course, actor = await planned(world, [first, first, first]), await world.actor("xianban")
    world.clock.at = shanghai(2026, 12, 6, 9)
    await keep_courses()
    told: dict[str, Any] = {"title": "新名字", "day": 8, "audience": Audience(actor.unit_id)}
    december, january, march = date(2026, 12, 1), date(2027, 1, 1), date(2027, 3, 1)
    await course.replan(actor, **told, lessons={december: second.id, january: second.id, march: first.id})
    rows = [(row.month, row.lesson_id) for row in await course.taught()]
    assert rows == [(december, first.id), (january, second.id), (march, first.id)]
    await course.replan(actor, **told, lessons={})
    assert await standing(course) == [DRAFTED]


async def test_a_course_that_cannot_be_taught_is_refused_and_others_do_not_see_it(world: World) -> None:
    lesson = await published(world)
    draft = await written(world, texts=titled("草稿"))
    wrongs: tuple[dict[str, Any], ...] = (
        {"lessons": {}},
        {"title": " "},
        {"title": "长" * 61},
        {"day": 29},
        {"day": 0},
        {"lessons": {date(2026, 10, 1): lesson.id}},
        {"lessons": {date(2028, 1, 1): lesson.id}},
        {"lessons": {date(2026, 12, 2): lesson.id}},
        {"lessons": {date(2026, 12, 1): draft.id}},
    )
    for wrong in wrongs:
        with pytest.raises(Invalid):
            await planned(world, [lesson], **wrong)
    assert not await Course.exists()
    assert not await CourseMonth.exists()
    course = await planned(world, [lesson])
    with pytest.raises(NotFound):
        await Course.of(await world.actor("shuji"), course.id)
    assert await courses(await world.actor("shuji")) == []
    with pytest.raises(Forbidden):
        await courses(await world.actor("xitong"))
