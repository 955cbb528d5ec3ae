"""What was approved goes out as it was approved, or not at all; and whoever had a hand in it never approves it."""

from datetime import timedelta
from typing import Any

import pytest

from models import rounds
from models.approving import propose
from models.audience import Audience
from models.campaign import Campaign
from models.errors import Conflict, Forbidden, NotFound
from models.ledger import Ledger
from models.officer import Officer
from models.outbox import queued
from models.publishing import approve, approves
from models.publishing import propose as propose_lesson
from models.reviewed import decide
from models.subscription import Subscription
from models.taking import take_as_lesson
from models.teaching import broadcast
from models.terms import CampaignKind, CampaignState, Fate, Language, LessonState, Readers, SubmissionState
from models.triage import merge
from tests.admin.test_submissions import serving, submitted
from tests.models.lessons import WORDS, approved, published, titled
from tests.models.outreach import at, composed, officials, person, scheduled
from tests.world import World


async def fates(officer: Officer) -> list[Fate]:
    from models.submission import handed_in_by

    return [one.fate() for one in (await handed_in_by(officer))[0]]


async def test_a_lesson_that_is_withdrawn_is_not_sent_any_more_whoever_approved_it(world: World) -> None:
    await officials(world, 2)
    author, secretary = await world.actor("xianban"), await world.actor("xianshuji")
    lesson = await published(world)
    ahead, put, under_way = [await broadcast(author, lesson) for _ in range(3)]
    for one in (ahead, under_way, put):
        await propose(author, one)
    for one in (ahead, under_way):
        await decide(secretary, one, approve=True)
        await one.schedule(author, at(world), at(world, 3))
    other = await scheduled(world, send_at=at(world, 4))
    await ahead.schedule(author, at(world, 2))
    world.clock.at = at(world)
    await rounds.move_on()
    await lesson.withdraw(author)
    states = {one.id: one.state for one in await Campaign.all()}
    assert (states[ahead.id], states[under_way.id]) == (CampaignState.STOPPED, CampaignState.STOPPED)
    assert states[other.id] is CampaignState.SCHEDULED
    with pytest.raises(Conflict, match="not_published"):
        await decide(secretary, put, approve=True)
    assert (await Campaign.get(id=put.id)).state is CampaignState.PROPOSED


async def test_a_lesson_that_is_for_officials_alone_by_now_goes_to_no_residents(world: World) -> None:
    await officials(world, 1)
    await Subscription.take((await person(50)).id, world.units["清水村"].id)
    author, lesson = await world.actor("xianban"), await published(world)
    county = world.units["云岭县"].id
    for readers in ((Readers.OFFICIALS,), (Readers.OFFICIALS, Readers.SUBSCRIBERS)):
        one = await broadcast(author, lesson)
        told: dict[str, Any] = {"kind": one.kind, "texts": one.texts, "audience": Audience(county, readers)}
        await one.revise(author, **told, send_at=at(world))
        await propose(author, one)
        await decide(await world.actor("xianshuji"), one, approve=True)
    await lesson.revise(author, texts=WORDS, officials_only=True)
    await approved(world, lesson)
    left = await Campaign.get(state=CampaignState.SCHEDULED)
    assert left.audience["readers"] == [Readers.OFFICIALS]
    assert await Campaign.filter(state=CampaignState.STOPPED).count() == 1


async def test_nothing_is_merged_into_what_somebody_is_about_to_approve(world: World) -> None:
    await officials(world, 1)
    clerk, one = await world.actor("shouli"), await submitted(await serving(world))
    draft = await composed(world, by="shouli", unit="石桥镇")
    await propose(clerk, draft)
    with pytest.raises(Conflict):
        await merge(clerk, one, draft)
    assert one.state is SubmissionState.WAITING
    await decide(await world.actor("shuji"), draft, approve=False)
    await merge(clerk, one, draft)
    assert await fates(await Officer.get()) == [Fate.MERGED]


async def test_what_became_a_lesson_is_in_the_library_once_it_is_read_and_never_approved_by_its_taker(
    world: World,
) -> None:
    officer = await serving(world)
    one = await submitted(officer, "账目要公开。", CampaignKind.EDUCATION)
    taker, colleague = await world.actor("shuji"), await world.actor("shouli")
    lesson = await take_as_lesson(taker, one)
    await lesson.revise(colleague, texts=titled("账目公开"))  # so that he is not its author any more
    await propose_lesson(colleague, lesson)
    assert await fates(officer) == [Fate.TAKEN]
    assert not await approves(taker, await lesson.newest())
    with pytest.raises((Forbidden, NotFound)):
        await approve(taker, lesson)
    await approve(await world.actor("fushuji"), lesson)
    assert await fates(officer) == [Fate.LESSON]
    await lesson.revise(colleague, texts=titled("账目公开之二"))
    await propose_lesson(colleague, lesson)
    await approve(await world.actor("fushuji"), lesson)
    assert (await lesson.newest()).state is LessonState.PUBLISHED
    heard = [row.say().key for row in await queued(100)]
    assert heard.count("submission.published") == 1  # a better version is no news to him
    await lesson.withdraw(colleague)
    assert await fates(officer) == [Fate.TAKEN]


async def test_who_rewrites_it_in_the_moment_it_is_proposed_does_not_become_its_approver(world: World) -> None:
    await officials(world, 1)
    campaign = await composed(world, by="shouli", unit="石桥镇")
    stale = await Campaign.get(id=campaign.id)
    audience = Audience(world.units["石桥镇"].id)
    await campaign.revise(
        await world.actor("shuji"), kind=campaign.kind, texts={Language.ZH_CN: "他的话。"}, audience=audience
    )
    with pytest.raises(Conflict):
        await propose(await world.actor("shouli"), stale)
    assert (await Campaign.get(id=campaign.id)).state is CampaignState.DRAFT


async def test_a_new_time_counts_even_while_the_old_one_is_being_served(world: World) -> None:
    await officials(world, 1)
    campaign = await scheduled(world)
    world.clock.at = at(world)
    seen = await Campaign.get(id=campaign.id)  # as the job sees it
    await campaign.schedule(await world.actor("xianban"), at(world, 1))
    with pytest.raises(Conflict):
        await rounds._move_on(seen)
    assert not await Ledger.exists()
    world.clock.at = at(world, 1) + timedelta(minutes=1)
    await rounds.move_on()
    assert await Ledger.all().count() == 1
