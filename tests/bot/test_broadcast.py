"""Broadcasts on the phones: to everybody once, acknowledged with one press, and never twice whatever goes wrong."""

import asyncio
from datetime import timedelta

import pytest

from bot.broadcast import Broadcast
from bot.limiter import Limiter
from bot.runner import running
from bot.simulator import Person, Simulator
from bot.watchdog import Watchdog
from models import rounds
from models.campaign import Campaign
from models.db import Database
from models.ledger import Acknowledgement, Ledger, count_known
from models.official import Official, Reached
from models.terms import CampaignState, Category, LedgerState
from models.tryout import code_of
from tests.bot.conftest import Phone
from tests.models.outreach import at, composed, sending, states
from tests.world import World

HEARD = "不收礼。"


async def enrolled(phone: Phone, count: int, *, start: int = 1) -> list[Person]:
    """People in office with a phone, enrolled through their invitations."""
    return [await enrol(phone, f"干部{number}") for number in range(start, start + count)]


async def enrol(phone: Phone, name: str) -> Person:
    actor = await phone.world.actor("xianban")
    unit = phone.world.units["清水村"].id
    _, code = await Official.add(actor, unit_id=unit, name=name, post="村会计", category=Category.GRASSROOTS)
    person = phone.sim.person(name)
    await phone.served(person.starts("p" + code.replace("-", "")))
    await phone.served(person.presses("是我，登记"))
    assert "登记好了" in person.last.text
    return person


async def settled(phone: Phone, campaign: Campaign, *, round_no: int = 1) -> None:
    """Every row of a round has come to an end, and the edge has written it down."""
    open_ones = Ledger.filter(
        campaign_id=campaign.id, round=round_no, state__in=[LedgerState.QUEUED, LedgerState.LEASED]
    )
    async with asyncio.timeout(20):
        while await open_ones.exists() or phone.bot.broadcast.busy:  # noqa: ASYNC110  a database rings no bell
            await asyncio.sleep(0.02)


def times_heard(person: Person, words: str = HEARD) -> int:
    return sum(message.from_bot and words in message.text for message in person.screen)


async def test_a_reminder_is_heard_acknowledged_and_repeated_to_the_silent(phone: Phone) -> None:
    people = await enrolled(phone, 3)
    campaign = await sending(phone.world, second_at=at(phone.world, 3))
    await settled(phone, campaign)
    assert [times_heard(person) for person in people] == [1, 1, 1]
    assert "统一发给全体在册人员，与任何反映无关" in people[0].last.text
    assert "云岭县纪委监委" in people[0].last.text
    for _ in range(2):
        await phone.served(people[0].presses("我已知晓"))
    assert people[0].last.text == "已记下。只表示您收到了。"
    await count_known()
    await rounds.move_on()
    phone.world.clock.forward(days=2)
    await rounds.move_on()
    await settled(phone, campaign, round_no=2)
    assert [times_heard(person) for person in people] == [1, 2, 2]
    assert "再提醒一次" in people[1].last.text
    await rounds.move_on()
    assert (await Campaign.get(id=campaign.id)).state is CampaignState.DONE
    assert await Acknowledgement.all().count() == 1


async def test_a_lost_answer_is_unknown_and_nobody_hears_it_twice(phone: Phone) -> None:
    people = await enrolled(phone, 4)
    phone.sim.fault("drop_answer", "sendMessage", times=2)
    campaign = await sending(phone.world)
    await settled(phone, campaign)
    assert [times_heard(person) for person in people] == [1, 1, 1, 1]
    assert await states(campaign) == {LedgerState.UNKNOWN: 2, LedgerState.SENT: 2}


async def test_a_refusal_for_haste_costs_nobody_his_message(phone: Phone) -> None:
    people = await enrolled(phone, 3)
    phone.sim.fault("429", "sendMessage", times=2, retry_after=1)
    campaign = await sending(phone.world)
    await settled(phone, campaign)
    assert [times_heard(person) for person in people] == [1, 1, 1]
    assert await states(campaign) == {LedgerState.SENT: 3}


async def test_an_outage_costs_what_was_on_its_way_and_the_rest_waits(phone: Phone) -> None:
    people = await enrolled(phone, 40)
    phone.sim.fault("502", "*", times=None)
    campaign = await sending(phone.world)
    await asyncio.sleep(1.5)
    found = await states(campaign)
    assert found[LedgerState.QUEUED] >= 10
    phone.sim.clear_faults()
    await settled(phone, campaign)
    found = await states(campaign)
    assert found[LedgerState.SENT] == sum(times_heard(person) for person in people)
    assert found[LedgerState.SENT] + found[LedgerState.UNKNOWN] == 40
    assert all(times_heard(person) <= 1 for person in people)


async def test_who_stopped_the_bot_is_marked_and_the_others_hear(phone: Phone) -> None:
    people = await enrolled(phone, 3)
    await phone.served(people[1].blocks_bot())
    phone.sim.fault("400", "sendMessage", chat_id=people[2].id)
    campaign = await sending(phone.world)
    await settled(phone, campaign)
    assert times_heard(people[0]) == 1
    assert await states(campaign) == {LedgerState.SENT: 1, LedgerState.BLOCKED: 1, LedgerState.FAILED: 1}


async def test_after_pause_and_stop_nothing_is_sent(phone: Phone) -> None:
    people = await enrolled(phone, 6)
    actor = await phone.world.actor("xianban")
    phone.bot.broadcast._limiter = Limiter(per_second=3)  # so that there is something left to hold
    campaign = await sending(phone.world)
    while not sum(map(times_heard, people)):  # noqa: ASYNC110
        await asyncio.sleep(0.02)
    await campaign.pause(actor)
    await asyncio.sleep(0.3)  # what was on the wire arrives
    held = sum(map(times_heard, people))
    assert 0 < held < 6
    await asyncio.sleep(1.5)
    assert sum(map(times_heard, people)) == held
    await campaign.resume(actor)
    await campaign.stop(actor)
    await asyncio.sleep(1.5)
    assert sum(map(times_heard, people)) == held


async def test_answers_to_a_person_overtake_a_broadcast(database: Database, world: World, sim: Simulator) -> None:
    """From his first answer to his third a resident lets hardly a letter pass, though forty wait at ten a second."""
    assert database
    async with sim.running() as root:
        async with running(token=sim.token, api_root=root, limiter=Limiter(per_second=1000, burst=1000)) as bot:
            await enrolled(Phone(sim, sim.person("李阿姨"), bot, world), 40)
        async with running(token=sim.token, api_root=root, limiter=Limiter(per_second=10)) as bot:
            await sending(world)
            while not bot.broadcast.busy:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
            resident = sim.person("张大爷")
            resident.starts(world.units["清水村"].id.hex)
            await resident.hears("不留名")
            to_him = [call.chat_id == resident.id for call in sim.calls("sendMessage")]
            first, last = to_him.index(True), len(to_him) - 1 - to_him[::-1].index(True)
            assert sum(to_him) == 3
            assert last - first <= 6
            assert await Ledger.filter(state__in=[LedgerState.QUEUED, LedgerState.LEASED]).exists()


async def test_two_senders_share_a_ledger_and_nobody_hears_it_twice(phone: Phone) -> None:
    people = await enrolled(phone, 40)
    bot = phone.bot.bot
    second = Broadcast(bot, Limiter(per_second=30), Watchdog())
    work = asyncio.get_running_loop().create_task(second.run())
    try:
        phone.bot.broadcast._limiter = Limiter(per_second=30)
        campaign = await sending(phone.world)
        await settled(phone, campaign)
    finally:
        work.cancel()
        await asyncio.gather(work, return_exceptions=True)
        await second.drain()
    assert [times_heard(person) for person in people] == [1] * 40
    assert await states(campaign) == {LedgerState.SENT: 40}
    leases = Ledger.filter(campaign_id=campaign.id).distinct()
    assert len(await leases.values_list("lease_id", flat=True)) >= 2


async def test_a_graceful_stop_gives_back_what_was_not_sent(database: Database, world: World, sim: Simulator) -> None:
    assert database
    async with sim.running() as root:
        async with running(token=sim.token, api_root=root, limiter=Limiter(per_second=1000, burst=1000)) as bot:
            people = await enrolled(Phone(sim, sim.person("李阿姨"), bot, world), 20)
        async with running(token=sim.token, api_root=root, limiter=Limiter(per_second=10)) as bot:
            campaign = await sending(world)
            while not bot.broadcast.busy:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        found = await states(campaign)
        assert LedgerState.LEASED not in found
        assert found[LedgerState.SENT] == sum(map(times_heard, people))
        assert found[LedgerState.QUEUED] + found[LedgerState.SENT] == 20


async def test_an_invitation_links_nothing_before_he_says_yes_and_serves_once(phone: Phone) -> None:
    actor, unit = await phone.world.actor("xianban"), phone.world.units["清水村"].id
    _, code = await Official.add(actor, unit_id=unit, name="周会计", post="村会计", category=Category.GRASSROOTS)
    await phone.served(phone.person.starts("p" + code.replace("-", "")))
    assert "清水村，村会计，周会计" in phone.person.last.text
    assert not await Reached.exists()
    await phone.does("[是我，登记]")
    assert await Reached.exists()
    other = phone.sim.person("别人")
    await phone.served(other.starts("p" + code.replace("-", "")))
    assert "用过了" in other.last.text
    await phone.served(other.starts("pNOT-A-CODE"))
    assert "用过了" in other.last.text


async def test_he_leaves_with_two_presses_and_hears_no_more(phone: Phone) -> None:
    person, other = await enrolled(phone, 2)
    await phone.served(person.says("/leave"))
    await phone.served(person.presses("退出"))
    assert "已退出" in person.last.text
    campaign = await sending(phone.world)
    await settled(phone, campaign)
    assert (times_heard(person), times_heard(other)) == (0, 1)


async def test_a_draft_is_tried_out_on_ones_own_phone_for_two_days(phone: Phone) -> None:
    draft = await composed(phone.world)
    code = "t" + code_of(draft)
    assert len(code) <= 64
    await phone.served(phone.person.starts(code))
    assert HEARD in phone.person.last.text
    await phone.does("[我已知晓]")
    assert "没有记下什么" in phone.person.last.text
    assert not await Acknowledgement.exists()
    phone.world.clock.forward(days=2)
    for old in (code, "t" + "0" * 56, "t", "tz"):
        await phone.served(phone.person.starts(old))
        assert HEARD not in phone.person.last.text


@pytest.mark.parametrize("data", ["!ack:", "!ack:zz", "!ack:" + "0" * 32, "!join:", "!join:ZZZZ"])
async def test_foreign_buttons_are_answered_kindly_and_change_nothing(phone: Phone, data: str) -> None:
    await phone.reaches_story()
    message = phone.person.last
    await phone.served(phone.person.presses_data(message.id, data))
    assert phone.person.last.id != message.id
    assert not await Acknowledgement.exists()
    assert not await Reached.exists()


async def test_letters_go_out_in_the_language_of_each_phone(phone: Phone) -> None:
    person = await enrol(phone, "干部1")
    await phone.served(person.says("/language"))
    await phone.served(person.presses("English"))
    campaign = await sending(phone.world)
    await settled(phone, campaign)
    assert "Take no gifts." in person.last.text
    assert "It has nothing to do with any report" in person.last.text
    assert campaign.round_at is not None
    assert campaign.round_at <= phone.world.clock.at + timedelta(seconds=1)


async def test_somebody_in_office_is_warned_before_he_tells_anything_without_his_name(phone: Phone) -> None:
    person = await enrol(phone, "周会计")
    await phone.served(person.says("/report"))
    assert "这个聊天登记过您的职务" in person.last.text
    assert "不留名" not in person.last.labels
