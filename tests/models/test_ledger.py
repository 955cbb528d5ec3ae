"""The frozen ledger: everybody once, leased before it is sent, and never again what may have arrived."""

import asyncio
from datetime import timedelta

import pytest

from models import rounds
from models.campaign import Campaign
from models.contact import Contact
from models.db import transaction
from models.errors import Conflict
from models.ledger import (
    LEASE_LIFE,
    Acknowledgement,
    Ledger,
    Settled,
    Tally,
    acknowledge,
    count_known,
    lapse,
    lease,
    may_go,
    settle,
)
from models.official import Official
from models.terms import CampaignState, Language, LedgerState
from tests.models.outreach import at, official, officials, person, scheduled, send_all, sending, sent, states
from tests.world import World


async def totals(number: int = 1) -> dict[str, int]:
    rows = await Tally.filter(round=number)
    columns = ("total", "sent", "blocked", "failed", "unknown", "known")
    return {name: sum(getattr(row, name) for row in rows) for name in columns}


async def test_the_audience_is_frozen_when_the_round_begins(world: World) -> None:
    await officials(world, 3)
    campaign = await sending(world)
    await official(world, 9)
    assert await states(campaign) == {LedgerState.QUEUED: 3}
    assert (await totals())["total"] == 3
    assert await send_all() == 3


async def test_a_person_with_two_posts_hears_it_once(world: World) -> None:
    _, contact = await official(world, 1)
    await official(world, 2, unit="上湾村", post="村主任", contact=contact)
    campaign = await sending(world)
    assert await states(campaign) == {LedgerState.QUEUED: 1}


async def test_a_leased_row_is_in_one_hand_only(world: World) -> None:
    await officials(world, 5)
    await sending(world)
    taken = await asyncio.gather(*(lease(2) for _ in range(4)))
    rows = [letter.row for letters in taken for letter in letters]
    assert len(rows) == len(set(rows)) == 5
    assert await lease(30) == []


async def test_a_lease_whose_holder_died_is_unknown_and_never_sent_again(world: World) -> None:
    await officials(world, 3)
    campaign = await sending(world)
    await lease(2)
    world.clock.forward(seconds=LEASE_LIFE.seconds - 1)
    assert await lapse() == 0
    world.clock.forward(seconds=2)
    assert await lapse() == 2
    assert await send_all() == 1
    assert await states(campaign) == {LedgerState.UNKNOWN: 2, LedgerState.SENT: 1}
    assert (await totals())["unknown"] == 2


async def test_good_news_that_comes_late_is_still_believed(world: World) -> None:
    await officials(world, 1)
    campaign = await sending(world)
    letters = await lease(1)
    world.clock.forward(seconds=LEASE_LIFE.seconds + 1)
    await lapse()
    await sent(letters, LedgerState.QUEUED)
    assert await states(campaign) == {LedgerState.UNKNOWN: 1}
    await sent(letters)
    assert await states(campaign) == {LedgerState.SENT: 1}
    assert await totals() == {"total": 1, "sent": 1, "blocked": 0, "failed": 0, "unknown": 0, "known": 0}


async def test_what_surely_was_not_sent_goes_back_and_is_sent_once(world: World) -> None:
    await officials(world, 2)
    campaign = await sending(world)
    letters = await lease(2)
    await sent(letters, LedgerState.QUEUED)
    assert await states(campaign) == {LedgerState.QUEUED: 2}
    again = await lease(2)
    await sent(letters)  # whose lease is over
    assert await states(campaign) == {LedgerState.LEASED: 2}
    await sent(again)
    assert (await totals())["sent"] == 2


async def test_pause_resume_and_stop_hold_at_once(world: World) -> None:
    await officials(world, 3)
    campaign = await sending(world)
    actor = await world.actor("xianban")
    [letter] = await lease(1)
    assert await may_go(letter)
    await campaign.pause(actor)
    assert not await may_go(letter)
    assert await lease(1) == []
    await rounds.move_on()
    await campaign.resume(actor)
    assert await may_go(letter)
    await campaign.stop(actor)
    assert not await may_go(letter)
    assert await lease(1) == []
    with pytest.raises(Conflict):
        await campaign.resume(actor)
    assert (await totals())["sent"] == 0


async def test_nothing_is_sent_at_night_and_the_morning_goes_on(world: World) -> None:
    await officials(world, 2)
    await sending(world, send_at=at(world, 1, 19, 59))
    [letter] = await lease(1)
    world.clock.forward(minutes=1)
    assert not await may_go(letter)
    assert await lease(1) == []
    await sent([letter], LedgerState.QUEUED)
    world.clock.forward(minutes=12 * 60)
    assert await send_all() == 2


async def test_a_letter_late_in_its_lease_is_not_begun(world: World) -> None:
    await officials(world, 1)
    await sending(world)
    [letter] = await lease(1)
    world.clock.forward(seconds=LEASE_LIFE.seconds - 40)
    assert not await may_go(letter)


async def test_blocked_chats_are_marked_and_cost_no_message_the_next_time(world: World) -> None:
    first, *_ = await officials(world, 2)
    campaign = await sending(world)
    letters = await lease(2)
    blocked = next(one for one in letters if one.contact.id == first.id)
    await sent([blocked], LedgerState.BLOCKED)
    await sent([one for one in letters if one is not blocked])
    assert (await Contact.get(id=first.id)).blocked
    assert await states(campaign) == {LedgerState.BLOCKED: 1, LedgerState.SENT: 1}
    await rounds.move_on()
    second = await sending(world, send_at=at(world, 1))
    assert await send_all() == 1
    assert await states(second) == {LedgerState.BLOCKED: 1, LedgerState.SENT: 1}


async def test_who_leaves_in_between_is_not_addressed(world: World) -> None:
    one, _ = await official(world, 1)
    _, other = await official(world, 2)
    campaign = await sending(world)
    await (await Official.get(id=one.id)).end(await world.actor("xianban"))
    await Official.leave(other.id)
    assert await lease(5) == []
    assert await states(campaign) == {LedgerState.BLOCKED: 2}


async def test_words_are_in_the_readers_language_with_the_button(world: World) -> None:
    await official(world, 1, contact=await person(1, Language.EN))
    await official(world, 2, contact=await person(2, Language.ZH_HANT))
    campaign = await sending(world)
    said = {letter.contact.language: letter.say for letter in await lease(2)}
    assert said[Language.EN].params["text"] == "Take no gifts."
    assert said[Language.ZH_HANT].params["text"] == "不收礼。"
    assert said[Language.EN].choices[0][0].data == f"!ack:{campaign.id.hex}"


async def test_an_acknowledgement_counts_once_and_only_from_who_was_addressed(world: World) -> None:
    contacts = await officials(world, 2)
    campaign = await sending(world)
    await send_all()
    stranger = await person(99)
    for _ in range(2):
        assert await acknowledge(campaign.id, contacts[0].id)
    assert not await acknowledge(campaign.id, stranger.id)
    assert not await acknowledge(stranger.id, contacts[0].id)
    assert await Acknowledgement.all().count() == 1
    assert await count_known() == 1
    assert await count_known() == 0
    assert (await totals())["known"] == 1


async def test_the_silent_get_the_second_round_and_nobody_else(world: World) -> None:
    contacts = await officials(world, 5)
    campaign = await sending(world, second_at=at(world, 3))
    letters = {one.contact.id: one for one in await lease(30)}
    ends = [LedgerState.SENT, LedgerState.SENT, LedgerState.UNKNOWN, LedgerState.FAILED, LedgerState.BLOCKED]
    for contact, state in zip(contacts, ends, strict=True):
        await sent([letters[contact.id]], state)
    assert await acknowledge(campaign.id, contacts[0].id)
    await rounds.move_on()
    assert (await Campaign.get(id=campaign.id)).state is CampaignState.SCHEDULED
    world.clock.forward(days=2)
    await rounds.move_on()
    second = await lease(30)
    assert {one.contact.id for one in second} == {contacts[1].id, contacts[2].id}
    assert {one.say.key for one in second} == {"outreach.again"}
    await sent(second)
    await rounds.move_on()
    await campaign.refresh_from_db()
    assert campaign.state is CampaignState.DONE
    assert not campaign.second_missed


async def test_six_hours_without_telegram_lose_nothing(world: World) -> None:
    await officials(world, 4)
    campaign = await sending(world)
    for _ in range(6):
        await sent(await lease(2), LedgerState.QUEUED)
        world.clock.forward(minutes=60)
        await rounds.move_on()
    assert await send_all() == 4
    assert await states(campaign) == {LedgerState.SENT: 4}


async def test_what_is_over_is_expired_with_its_rest_unsent(world: World) -> None:
    await officials(world, 2)
    campaign = await sending(world)
    await sent(await lease(1))
    world.clock.forward(days=2)
    await rounds.move_on()
    await campaign.refresh_from_db()
    assert campaign.state is CampaignState.EXPIRED
    assert await lease(5) == []
    assert await totals() == {"total": 2, "sent": 1, "blocked": 0, "failed": 0, "unknown": 0, "known": 0}


async def test_two_wakings_at_once_begin_a_round_once(world: World) -> None:
    await officials(world, 3)
    campaign = await scheduled(world)
    world.clock.at = at(world)
    await asyncio.gather(*(rounds.move_on() for _ in range(4)))
    assert await states(campaign) == {LedgerState.QUEUED: 3}
    assert (await totals())["total"] == 3


async def test_a_start_that_dies_leaves_nothing(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    await officials(world, 3)
    campaign = await scheduled(world)
    world.clock.at = at(world)

    async def dies(_campaign: object) -> int:
        raise ConnectionError

    with monkeypatch.context() as patch:
        patch.setattr("models.ledger._open_tallies", dies)
        with pytest.raises(ConnectionError):
            await rounds.move_on()
    assert not await Ledger.exists()
    await rounds.move_on()
    assert await states(campaign) == {LedgerState.QUEUED: 3}


async def test_tallies_agree_with_the_ledger_whatever_happened(world: World) -> None:
    await officials(world, 12)
    await sending(world)
    order = [LedgerState.SENT, LedgerState.QUEUED, LedgerState.FAILED, LedgerState.UNKNOWN, LedgerState.BLOCKED]
    for state in order * 2:
        await sent(await lease(2), state)
    await lease(1)
    world.clock.forward(seconds=(LEASE_LIFE + timedelta(seconds=1)).seconds)
    await lapse()
    found = {state: await Ledger.filter(state=state).count() for state in LedgerState}
    told = await totals()
    assert all(told[state.value] == found[state] for state in LedgerState if state.value in told)
    assert sum(found.values()) == told["total"] == 12


async def test_a_row_of_another_lease_cannot_be_settled(world: World) -> None:
    await officials(world, 1)
    campaign = await sending(world)
    [letter] = await lease(1)
    async with transaction():
        await Ledger.all().update(lease_id=campaign.id)
    await settle([Settled(letter.row, letter.lease_id, LedgerState.SENT)])
    assert await states(campaign) == {LedgerState.LEASED: 1}
