"""A broadcast's way to its time: written by one, approved by another, for an audience that is a rule."""

from typing import Any

import pytest

from models import rounds
from models.approving import propose
from models.audience import Audience
from models.campaign import MAX_TEXT, Campaign
from models.errors import Conflict, Forbidden, Invalid, NotFound
from models.official import Official
from models.reviewed import decide, waiting
from models.terms import CampaignState, Category, Language
from tests.models.outreach import TEXTS, at, composed, official, officials, scheduled
from tests.world import World


async def test_one_proposes_another_approves_and_it_waits_for_its_time(world: World) -> None:
    await officials(world, 1)
    campaign = await scheduled(world)
    assert campaign.state is CampaignState.SCHEDULED
    assert campaign.due_at == at(world)
    await rounds.move_on()
    assert (await Campaign.get(id=campaign.id)).state is CampaignState.SCHEDULED


async def test_neither_the_author_nor_the_proposer_approves(world: World) -> None:
    await officials(world, 1)
    campaign = await composed(world, by="shuji", unit="石桥镇")
    await propose(await world.actor("shouli"), campaign)
    for login in ("shuji", "shouli"):
        assert not campaign.can_be_approved_by(await world.actor(login))
        with pytest.raises((Forbidden, NotFound)):
            await decide(await world.actor(login), campaign, approve=True)
    assert campaign.can_be_approved_by(await world.actor("fushuji"))
    await decide(await world.actor("fushuji"), campaign, approve=True)
    assert campaign.state is CampaignState.APPROVED


async def test_what_nobody_at_home_may_approve_goes_to_the_superior(world: World) -> None:
    await officials(world, 1, unit="上湾村")
    campaign = await composed(world, by="liushuji", unit="柳河镇")
    await propose(await world.actor("liushuji"), campaign)
    assert campaign.decider_id == world.units["云岭县"].id
    superior = await world.actor("xianshuji")
    assert (await Campaign.of(superior, campaign.id)).can_be_approved_by(superior)
    with pytest.raises(Forbidden):
        campaign.own(superior)


async def test_a_change_after_proposing_needs_a_new_proposal(world: World) -> None:
    await officials(world, 1)
    campaign = await composed(world, send_at=at(world))
    await propose(await world.actor("xianban"), campaign)
    told: dict[str, Any] = {"kind": campaign.kind, "audience": Audience(world.units["云岭县"].id), "send_at": at(world)}
    await campaign.revise(await world.actor("xianban"), texts={Language.ZH_CN: "改了。"}, **told)
    assert campaign.state is CampaignState.DRAFT
    assert await waiting(campaign) is None
    with pytest.raises(Conflict):
        await decide(await world.actor("xianshuji"), campaign, approve=True)


async def test_what_is_approved_is_not_rewritten(world: World) -> None:
    await officials(world, 1)
    campaign = await scheduled(world)
    stale = await Campaign.get(id=campaign.id)
    with pytest.raises(Conflict):
        await stale.revise(
            await world.actor("xianban"),
            kind=campaign.kind,
            texts={Language.ZH_CN: "换掉。"},
            audience=Audience(world.units["云岭县"].id),
        )
    assert (await Campaign.get(id=campaign.id)).texts == TEXTS


async def test_sent_back_it_is_a_draft_again(world: World) -> None:
    await officials(world, 1)
    campaign = await composed(world)
    await propose(await world.actor("xianban"), campaign)
    await decide(await world.actor("xianshuji"), campaign, approve=False)
    assert campaign.state is CampaignState.DRAFT
    await propose(await world.actor("xianban"), campaign)


async def test_texts_and_times_that_cannot_be_used_are_refused(world: World) -> None:
    wrongs: tuple[dict[str, Any], ...] = (
        {"texts": {}},
        {"texts": {Language.EN: "only English"}},
        {"texts": {Language.ZH_CN: " \x00\n"}},
        {"texts": {Language.ZH_CN: "长" * (MAX_TEXT + 1)}},
        {"send_at": at(world, 0, 8)},
        {"send_at": at(world, 400)},
        {"send_at": at(world, 1, 23)},
        {"send_at": at(world, 1, 7, 59)},
        {"second_at": at(world, 2)},
        {"send_at": at(world, 2), "second_at": at(world, 2, 12)},
        {"audience": Audience(world.units["云岭县"].id, posts=tuple(f"{n}" for n in range(21)))},
    )
    for wrong in wrongs:
        with pytest.raises(Invalid):
            await composed(world, **wrong)
    with pytest.raises(Invalid, match="audience_beyond"):
        await composed(world, by="shouli", unit="柳河镇")
    assert not await Campaign.exists()


async def test_an_audience_of_nobody_is_not_proposed(world: World) -> None:
    campaign = await composed(world)
    with pytest.raises(Invalid, match="reaches_nobody"):
        await propose(await world.actor("xianban"), campaign)


async def test_a_time_that_passed_before_the_approval_is_chosen_anew(world: World) -> None:
    await officials(world, 1)
    campaign = await composed(world, send_at=at(world))
    await propose(await world.actor("xianban"), campaign)
    world.clock.forward(days=1, minutes=30)
    await decide(await world.actor("xianshuji"), campaign, approve=True)
    assert campaign.state is CampaignState.APPROVED
    with pytest.raises(Invalid, match="time_past"):
        await campaign.schedule(await world.actor("xianban"), at(world, 0, 9))
    await campaign.schedule(await world.actor("xianban"), at(world, 0, 11))
    assert campaign.due_at == at(world, 0, 11)


async def test_who_may_neither_write_nor_decide_knows_nothing_of_it(world: World) -> None:
    await officials(world, 1)
    campaign = await composed(world, by="shouli", unit="石桥镇")
    with pytest.raises(NotFound):
        await Campaign.of(await world.actor("liuban"), campaign.id)
    assert (await Campaign.listed(await world.actor("liuban")))[0] == []
    for login in ("xitong", "anquan", "shenji", "baoguan"):
        with pytest.raises(Forbidden):
            await Campaign.listed(await world.actor(login))


async def test_the_audience_is_units_categories_posts_and_tags_less_exclusions(world: World) -> None:
    county, village = world.units["云岭县"].id, world.units["清水村"].id
    await official(world, 1, unit="清水村", post="村会计", tags=("财务", "党员"))
    await official(world, 2, unit="清水村", post="村主任", tags=("党员",))
    await official(world, 3, unit="上湾村", post="村会计", tags=("财务",))
    await official(world, 4, unit="石桥镇", post="副镇长", category=Category.CIVIL_SERVANT)
    await Official.add(
        await world.actor("xianban"), unit_id=village, name="没登记", post="村会计", category=Category.GRASSROOTS
    )

    async def reached(**rule: object) -> tuple[int, int]:
        found = await Audience.from_json(Audience(**{"unit": county, **rule}).to_json()).reach()  # type: ignore[arg-type]
        return found.people, found.waiting

    assert await reached() == (4, 1)
    assert await reached(unit=village) == (2, 1)
    assert await reached(unit=world.units["石桥镇"].id) == (3, 1)
    assert await reached(categories=(Category.CIVIL_SERVANT,)) == (1, 0)
    assert await reached(posts=("村会计",)) == (2, 1)
    assert await reached(tags=("财务",)) == (2, 0)
    assert await reached(tags=("财务", "党员")) == (3, 0)
    assert await reached(posts=("村会计",), without_units=(village,)) == (1, 0)
    assert await reached(without_tags=("党员",)) == (2, 1)
    assert await reached(without_posts=("村会计", "村主任")) == (1, 0)
    assert await reached(posts=("' OR 1=1 --",)) == (0, 0)


async def test_a_person_with_two_posts_is_one_person(world: World) -> None:
    _, contact = await official(world, 1)
    await official(world, 2, post="村主任", contact=contact)
    reach = await Audience(world.units["云岭县"].id).reach()
    assert (reach.people, reach.waiting) == (1, 0)


async def test_the_list_goes_on_where_the_page_ended(world: World) -> None:
    made = [await composed(world) for _ in range(35)]
    actor = await world.actor("xianban")
    first, after = await Campaign.listed(actor)
    rest, end = await Campaign.listed(actor, before=after)
    assert end is None
    assert sorted(one.id for one in first + rest) == sorted(one.id for one in made)
