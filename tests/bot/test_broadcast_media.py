"""A picture, film or file with a broadcast: brought to Telegram once, then called by its name."""

import asyncio
from dataclasses import dataclass
from typing import cast

from bot.broadcast import Broadcast
from bot.limiter import Limiter
from bot.simulator.files import Upload
from bot.watchdog import Watchdog
from models.audience import Audience
from models.campaign import Campaign
from models.carried import MOST_RENEWALS, Carried
from models.db import transaction
from models.house import house
from models.ledger import Ledger
from models.material import Material
from models.sealed_files import LocalStore
from models.terms import CampaignKind, Language, LedgerState, Readers
from models.tryout import code_of
from tests.bot.conftest import Phone
from tests.bot.test_broadcast import HEARD, enrolled, settled, times_heard
from tests.models.media_samples import film, photo, streamed
from tests.models.outreach import at, composed, sending, states


@dataclass
class Sample:
    method: str
    name: str
    data: bytes


SAMPLES = (
    Sample("sendPhoto", "中秋 海报.JPG", photo()),
    Sample("sendVideo", "讲课.mp4", film()),
    Sample("sendDocument", "条例.txt", "第一条".encode() * 9),
)


async def kept(phone: Phone, sample: Sample) -> Material:
    unit = phone.world.units["云岭县"].id
    return await Material.keep(unit, streamed(sample.data), sample.name)


def brought(phone: Phone, method: str) -> int:
    """How many calls came with the file itself."""
    field = method.removeprefix("send").lower()
    return sum(isinstance(call.params.get(field), Upload) for call in phone.sim.calls(method))


async def sent_with(phone: Phone, material: Material) -> Campaign:
    """A broadcast with this beside its words, to its end."""
    campaign = await sending(phone.world, material=material)
    await settled(phone, campaign)
    return campaign


async def test_thirty_letters_at_once_bring_a_file_once_and_everybody_hears_it_once(phone: Phone) -> None:
    people = await enrolled(phone, 30)
    for number, sample in enumerate(SAMPLES, 1):
        material = await kept(phone, sample)
        campaign = await sent_with(phone, material)
        assert await states(campaign) == {LedgerState.SENT: 30}
        assert [times_heard(person) for person in people] == [number] * 30
        assert brought(phone, sample.method) == 1
        assert people[0].last.media == b"".join([piece async for piece in material.open()])
        assert "我已知晓" in people[0].last.labels
        assert "统一发给全体在册人员" in people[0].last.text


async def test_two_processes_bring_it_once_and_a_dead_one_holds_nobody_up_for_ever(phone: Phone) -> None:
    people = await enrolled(phone, 12)
    material = await kept(phone, SAMPLES[0])
    number = int(phone.sim.token.partition(":")[0])
    other = await Carried.claim(material.id, number)  # another process has it in hand, and dies
    assert other.claim_id
    async with transaction():
        await Carried.all().update(claimed_until=at(phone.world, 2))  # its time is moved to tomorrow below
    second = Broadcast(phone.bot.bot, Limiter(per_second=1000, burst=1000), Watchdog())
    work = asyncio.get_running_loop().create_task(second.run())
    try:
        campaign = await sending(phone.world, material=material)
        while not phone.bot.broadcast.busy:  # noqa: ASYNC110  a sender rings no bell
            await asyncio.sleep(0.02)
        await asyncio.sleep(0.5)
        assert not any(map(times_heard, people))
        async with transaction():
            await Carried.all().update(claimed_until=phone.world.clock.at)
        await settled(phone, campaign)
    finally:
        work.cancel()
        await asyncio.gather(work, return_exceptions=True)
        await second.drain()
    assert [times_heard(person) for person in people] == [1] * 12
    assert brought(phone, "sendPhoto") == 1


async def test_a_name_telegram_forgot_is_brought_anew_once(phone: Phone) -> None:
    people = await enrolled(phone, 8)
    material = await kept(phone, SAMPLES[0])
    number = int(phone.sim.token.partition(":")[0])
    async with transaction():
        await Carried.create(material_id=material.id, bot=number, name="photo:a-name-nobody-knows")
    campaign = await sent_with(phone, material)
    assert await states(campaign) == {LedgerState.SENT: 8}
    assert [times_heard(person) for person in people] == [1] * 8
    assert brought(phone, "sendPhoto") == 1


async def test_a_lost_answer_to_the_first_way_is_unknown_and_the_next_letter_brings_it(phone: Phone) -> None:
    people = await enrolled(phone, 5)
    phone.sim.fault("drop_answer", "sendPhoto", times=1)
    campaign = await sent_with(phone, await kept(phone, SAMPLES[0]))
    assert await states(campaign) == {LedgerState.UNKNOWN: 1, LedgerState.SENT: 4}
    assert [times_heard(person) for person in people] == [1] * 5
    assert brought(phone, "sendPhoto") == 2


async def held_up(phone: Phone, campaign: Campaign) -> None:
    leased = Ledger.filter(campaign_id=campaign.id, state=LedgerState.LEASED)
    async with asyncio.timeout(20):
        while not await (await Campaign.get(id=campaign.id)).is_held_up() or await leased.exists():  # noqa: ASYNC110  a database rings no bell
            await asyncio.sleep(0.02)


async def test_a_film_that_telegram_refuses_holds_the_broadcast_up_and_nobody_is_passed_over(phone: Phone) -> None:
    people = await enrolled(phone, 30)
    desk, fault = await phone.world.actor("xianban"), phone.sim.fault("400", "sendVideo", times=None)
    campaign = await sending(phone.world, material=await kept(phone, SAMPLES[1]))
    await held_up(phone, campaign)
    assert [one.id for one in await Campaign.held_up(desk)] == [campaign.id]
    assert await Campaign.held_up(await phone.world.actor("shuji")) == []
    assert await states(campaign) == {LedgerState.QUEUED: 30}
    assert fault.hits == 1
    phone.sim.clear_faults()
    await (await Campaign.get(id=campaign.id)).resume(desk)
    await settled(phone, campaign)
    assert [times_heard(person) for person in people] == [1] * 30
    assert await Campaign.held_up(desk) == []


async def test_what_holds_a_broadcast_up_stays_told_until_it_goes_on_and_a_clerks_own_pause_is_none(
    phone: Phone,
) -> None:
    await enrolled(phone, 3)
    desk, material = await phone.world.actor("xianban"), await kept(phone, SAMPLES[1])
    phone.sim.fault("400", "sendVideo", times=None)
    campaign = await sending(phone.world, material=material)
    await held_up(phone, campaign)
    phone.sim.clear_faults()
    await phone.served(phone.person.starts("t" + code_of(campaign)))  # now Telegram takes it, but nobody has gone on
    assert phone.person.last.media
    assert [one.id for one in await Campaign.held_up(desk)] == [campaign.id]
    await (await Campaign.get(id=campaign.id)).resume(desk)
    await (await Campaign.get(id=campaign.id)).pause(desk)
    assert await Campaign.held_up(desk) == []
    assert not await (await Campaign.get(id=campaign.id)).is_held_up()


async def test_a_film_that_is_damaged_in_its_middle_holds_the_broadcast_up_and_is_never_in_doubt(phone: Phone) -> None:
    people = await enrolled(phone, 4)
    material = await kept(phone, Sample("sendVideo", "讲课.mp4", film(900_000)))
    place = cast("LocalStore", house().files)._place(material.id)
    stored = bytearray(place.read_bytes())
    stored[500_000] ^= 1
    place.write_bytes(stored)
    campaign = await sending(phone.world, material=material)
    await held_up(phone, campaign)
    assert await states(campaign) == {LedgerState.QUEUED: 4}
    assert sum(map(times_heard, people)) == 0


async def test_a_name_that_telegram_forgets_again_and_again_holds_the_broadcast_up(phone: Phone) -> None:
    people = await enrolled(phone, 6)
    material = await kept(phone, SAMPLES[0])
    number = int(phone.sim.token.partition(":")[0])
    async with transaction():
        name = "photo:a-name-nobody-knows"
        await Carried.create(material_id=material.id, bot=number, renewals=MOST_RENEWALS, name=name)
    campaign = await sending(phone.world, material=material)
    await held_up(phone, campaign)
    assert await states(campaign) == {LedgerState.QUEUED: 6}
    await (await Campaign.get(id=campaign.id)).resume(await phone.world.actor("xianban"))
    await settled(phone, campaign)
    assert [times_heard(person) for person in people] == [1] * 6


async def test_a_reader_whom_telegram_refuses_fails_alone(phone: Phone) -> None:
    people = await enrolled(phone, 4)
    phone.sim.fault("400", "sendPhoto", reason="Bad Request: PEER_ID_INVALID")
    campaign = await sent_with(phone, await kept(phone, SAMPLES[0]))
    assert await states(campaign) == {LedgerState.FAILED: 1, LedgerState.SENT: 3}
    assert sum(map(times_heard, people)) == 3


async def test_a_file_that_is_gone_holds_the_broadcast_up_instead_of_failing_for_everybody(phone: Phone) -> None:
    await enrolled(phone, 3)
    material = await kept(phone, SAMPLES[1])
    await house().files.delete(material.id)
    campaign = await sending(phone.world, material=material)
    await held_up(phone, campaign)
    assert await states(campaign) == {LedgerState.QUEUED: 3}


async def test_a_draft_that_residents_get_as_well_is_tried_out_in_both_wordings(phone: Phone) -> None:
    unit = phone.world.units["云岭县"].id
    for readers, heard in (((Readers.OFFICIALS, Readers.SUBSCRIBERS), 2), ((Readers.SUBSCRIBERS,), 1)):
        audience = Audience(unit, readers=readers)
        draft = await composed(phone.world, kind=CampaignKind.EDUCATION, audience=audience)
        before = times_heard(phone.person)
        await phone.served(phone.person.starts("t" + code_of(draft)))
        assert times_heard(phone.person) - before == heard
        assert "退订" in "".join(phone.person.last.labels)
    await phone.does("[退订]")
    assert "这条是试发" in phone.person.last.text


async def test_who_tries_out_a_draft_whose_file_cannot_be_sent_reads_the_words_and_why(phone: Phone) -> None:
    draft = await composed(phone.world, material=await kept(phone, SAMPLES[1]))
    phone.sim.fault("400", "sendVideo", times=None)
    await phone.served(phone.person.starts("t" + code_of(draft)))
    assert not phone.person.last.media
    assert HEARD in phone.person.last.text
    assert "没能发出来" in phone.person.last.text


async def test_a_draft_with_a_picture_is_tried_out_with_it(phone: Phone) -> None:
    draft = await composed(phone.world, material=await kept(phone, SAMPLES[0]))
    await phone.served(phone.person.starts("t" + code_of(draft)))
    assert phone.person.last.media
    assert HEARD in phone.person.last.text


async def test_signs_of_markup_arrive_as_they_were_typed(phone: Phone) -> None:
    [person] = await enrolled(phone, 1)
    words = "<b>不收礼</b> & _卡_ *券* [单](http://x) </i> `&lt;` @all \\"
    for material in (None, await kept(phone, SAMPLES[0])):
        campaign = await sending(phone.world, texts={Language.ZH_CN: words}, material=material)
        await settled(phone, campaign)
        assert words in person.last.text
        assert await states(campaign) == {LedgerState.SENT: 1}
