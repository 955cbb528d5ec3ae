"""订阅本村廉洁课堂: chosen with two taps, heard once whatever else the chat is reached for, and left with one."""

import pytest

from models import rounds
from models.audience import Audience
from models.contact import Contact
from models.errors import Invalid
from models.ledger import Acknowledgement, Ledger, count_known, lease
from models.officer import Officer
from models.official import Official, Reached
from models.progress import coverage
from models.subscription import Subscription
from models.terms import CampaignKind, LedgerState, Readers
from tests.bot.conftest import Phone
from tests.bot.test_broadcast import HEARD, enrol, settled, times_heard
from tests.models.outreach import at, composed, official, person, sending, states
from tests.world import World

EVERYBODY = tuple(Readers)


def lesson(phone: Phone, unit: str = "云岭县", readers: tuple[Readers, ...] = EVERYBODY) -> dict[str, object]:
    audience = Audience(phone.world.units[unit].id, readers=readers)
    return {"kind": CampaignKind.EDUCATION, "audience": audience}


async def test_a_resident_subscribes_hears_lessons_only_and_leaves_with_one_tap(phone: Phone) -> None:
    village = phone.world.units["清水村"]
    phone.person.starts(village.id.hex)
    await phone.person.hears("不留名")
    await phone.does("[订阅本村廉洁课堂]", "[订清水村的]")
    assert "订好了：清水村" in phone.person.last.text
    assert (await Subscription.get()).unit_id == village.id
    with pytest.raises(Invalid, match="subscribers_lessons"):
        await composed(phone.world, audience=Audience(village.id, readers=EVERYBODY))
    with pytest.raises(Invalid, match="reaches_nobody"):
        await sending(phone.world, **lesson(phone, "柳河镇"))
    campaign = await sending(phone.world, second_at=at(phone.world, 3), **lesson(phone))
    await settled(phone, campaign)
    heard = phone.person.last
    assert HEARD in heard.text
    assert "统一发给全体订阅的居民，与任何反映无关" in heard.text
    assert heard.labels == ["退订"]
    await phone.served(phone.person.presses_data(heard.id, f"!ack:{campaign.id.hex}"))
    assert not await Acknowledgement.exists()
    await rounds.move_on()
    phone.world.clock.forward(days=2)
    await rounds.move_on()
    await rounds.move_on()
    assert not await Ledger.filter(round=2).exists()
    assert times_heard(phone.person) == 1  # nobody is reminded of a lesson he asked for
    await phone.served(phone.person.presses("退订", heard))
    assert "已退订" in phone.person.last.text
    assert not await Subscription.exists()
    assert not await Reached.exists()
    await phone.served(phone.person.presses("退订", heard))
    assert "您没有订阅" in phone.person.last.text
    await phone.does("[重新订阅]", "白杨")
    assert (await Subscription.get()).unit_id == phone.world.units["白杨村"].id
    await phone.does("/subscribe", "[换一个]", "上湾村")
    assert (await Subscription.get()).unit_id == phone.world.units["上湾村"].id
    late = await sending(phone.world, **lesson(phone))
    await settled(phone, late)
    assert await states(late) == {LedgerState.SENT: 1}


async def test_whoever_left_after_it_began_is_not_written_to(world: World) -> None:
    stays, left = await person(1), await person(2)
    for contact in (stays, left):
        await Subscription.take(contact.id, world.units["清水村"].id)
    audience = Audience(world.units["云岭县"].id, readers=(Readers.SUBSCRIBERS,))
    campaign = await sending(world, kind=CampaignKind.EDUCATION, audience=audience)
    await official(world, 2, contact=left)  # his chat is still known, for his post alone
    await Subscription.end(left.id)
    assert [letter.contact.id for letter in await lease(30)] == [stays.id]
    assert await states(campaign) == {LedgerState.LEASED: 1, LedgerState.BLOCKED: 1}


async def test_one_chat_with_a_post_an_appointment_and_a_subscription_hears_it_once(phone: Phone) -> None:
    world = phone.world
    cadre = await enrol(phone, "周会计")
    contact = await _contact_of(phone, cadre.id)
    actor = await world.actor("shuji")
    officer, code = await Officer.appoint(actor, station_id=world.units["清水村"].id, name="周会计")
    await Officer.enrol(code, contact.id)
    await Subscription.take(contact.id, world.units["上湾村"].id)
    other = await _subscribed(phone)
    assert other.id != contact.id
    for readers, people in (
        (EVERYBODY, 2),
        ((Readers.OFFICIALS,), 1),
        ((Readers.OFFICERS,), 1),
        ((Readers.SUBSCRIBERS,), 2),
    ):
        reach = await Audience(world.units["云岭县"].id, readers=readers).reach()
        assert reach.people == people, readers
    campaign = await sending(world, **lesson(phone))
    await settled(phone, campaign)
    assert (times_heard(cadre), times_heard(phone.person)) == (1, 1)
    assert "我已知晓" in cadre.last.labels  # his office asks him; the subscription does not
    assert await states(campaign) == {LedgerState.SENT: 2}
    await phone.served(cadre.presses("我已知晓"))
    await count_known()
    [covered] = (await coverage(campaign)).units
    assert (covered.total.n, covered.known.n) == (1, 1)
    await Official.leave(contact.id)
    assert await Reached.all().count() == 2
    await officer.end(actor)
    assert await Subscription.is_all(contact.id)
    await Subscription.end(contact.id)
    assert await Reached.all().count() == 1


async def test_officers_by_appointment_hear_a_reminder_in_their_language(phone: Phone) -> None:
    world = phone.world
    contact = await _talked(phone)
    actor = await world.actor("shuji")
    _, code = await Officer.appoint(actor, station_id=world.units["清水村"].id, name="李联络")
    await Officer.enrol(code, contact.id)
    await phone.does("/language", "[English]")
    campaign = await sending(world, audience=Audience(world.units["石桥镇"].id, readers=(Readers.OFFICERS,)))
    await settled(phone, campaign)
    assert "Take no gifts." in phone.person.last.text


async def test_a_subscribed_chat_is_warned_before_it_tells_anything_without_a_name(phone: Phone) -> None:
    await _subscribed(phone)
    await phone.does("/report")
    assert "这个聊天订着廉洁课堂" in phone.person.last.text
    assert "不留名" not in phone.person.last.labels
    await phone.does("[先退订，接着说]")
    assert not await Reached.exists()
    await phone.does("[是]", "[补贴没到手]", "/subscribe")
    assert "您还有话没说完" in phone.person.last.text
    assert not await Subscription.exists()


@pytest.mark.parametrize("typed", ["没有这个地方", "去年的补贴没到手里，村里说镇上没发，镇上说早发了，不知该问谁。"])
async def test_what_is_no_place_subscribes_nothing_and_begins_no_telling(phone: Phone, typed: str) -> None:
    await phone.does("/subscribe", typed)
    assert "没找到这个地方" in phone.person.last.text
    await phone.does("[先不订]")
    assert not await Subscription.exists()


async def _talked(phone: Phone) -> Contact:
    phone.person.starts(phone.world.units["清水村"].id.hex)
    await phone.person.hears("不留名")
    return await _contact_of(phone, phone.person.id)


async def _contact_of(phone: Phone, number: int) -> Contact:
    return next(one for one in await Contact.all() if one.address().endswith(f":{number}"))


async def _subscribed(phone: Phone) -> Contact:
    contact = await _talked(phone)
    await Subscription.take(contact.id, phone.world.units["清水村"].id)
    return contact
