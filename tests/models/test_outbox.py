"""What is to be said: once for each step, gone once said, locked meanwhile."""

import pytest
from tortoise.exceptions import IntegrityError

from models.contact import Contact, Trace, traces_of
from models.db import savepoint, transaction
from models.outbox import (
    KEEP_FAILED,
    MAX_TRIES,
    Choice,
    Lane,
    Outbox,
    Outcome,
    Say,
    Sending,
    deliver_with,
    queued,
    settle,
    sweep,
)
from models.sealing import Refused
from tests.models.staging import resident
from tests.world import World

WHOLE = Say(
    "receipt.code",
    params={"code": "𠮷", "n": 3, "when": {"t": "menu.start"}},
    choices=((Choice("a", data="x"), Choice("b", copy="y", params={"n": 1})), (Choice("c", url="https://x"),)),
    media={"qr": "text"},
    act={"delete": [1, 2]},
)


async def put(contact: Contact, *says: Say) -> list[Outbox]:
    async with transaction():
        await Outbox.put([(contact.id, say) for say in says], lane=Lane.NOTICE)
    return await queued()


async def test_what_is_to_be_said_comes_back_whole(world: World) -> None:
    contact, _ = await resident()
    [row] = await put(contact, WHOLE)
    assert row.say() == WHOLE
    assert (await row.contact).address() == "telegram:1"


async def test_a_step_cannot_speak_twice(world: World) -> None:
    contact, _ = await resident()
    async with transaction():
        await Outbox.store([Outbox.row(contact.id, WHOLE, key="0001:00", lane=Lane.INTERACTIVE)])
        with pytest.raises(IntegrityError):
            async with savepoint():
                await Outbox.store([Outbox.row(contact.id, WHOLE, key="0001:00", lane=Lane.INTERACTIVE)])
    assert await Outbox.all().count() == 1


async def test_rows_are_handed_over_only_once_they_are_stored(world: World) -> None:
    contact, _ = await resident()
    handed: list[Outbox] = []
    deliver_with(handed.extend)
    try:
        with pytest.raises(ZeroDivisionError):
            async with transaction():
                await Outbox.put([(contact.id, WHOLE)], lane=Lane.NOTICE)
                raise ZeroDivisionError
        assert handed == []
        async with transaction():
            await Outbox.put([(contact.id, WHOLE)], lane=Lane.NOTICE)
            assert handed == []
        assert len(handed) == 1
    finally:
        deliver_with(None)


async def test_what_was_said_is_erased_and_only_a_trace_stays(world: World) -> None:
    contact, _ = await resident()
    one, two = await put(contact, Say("a"), Say("b"))
    await settle([Outcome(one, message=71), Outcome(two, blocked=True)])
    assert not await Outbox.exists()
    assert await traces_of(contact.id) == [71]
    assert (await Contact.get(id=contact.id)).blocked
    world.clock.forward(days=2, seconds=1)
    assert await Trace.sweep() == 1


async def test_what_failed_is_tried_again_later_and_given_up_at_last(world: World) -> None:
    contact, _ = await resident()
    await put(contact, Say("a"))
    for tried in range(1, MAX_TRIES + 1):
        [row] = await queued()
        await settle([Outcome(row, retry_in=10)])
        assert (await Outbox.get(id=row.id)).tries == tried
        assert await queued() == []
        world.clock.forward(seconds=10)
    assert (await Outbox.all())[0].state is Sending.FAILED
    assert await queued() == []
    world.clock.forward(seconds=KEEP_FAILED.total_seconds() + 1)
    assert await sweep() == 1


async def test_what_failed_for_good_is_not_tried_again_and_others_go_on(world: World) -> None:
    contact, _ = await resident()
    one, two = await put(contact, Say("a"), Say("b"))
    await settle([Outcome(one, failed=True)])
    assert [row.id for row in await queued()] == [two.id]


async def test_a_row_under_another_rows_name_is_refused(world: World) -> None:
    contact, _ = await resident()
    one, two = await put(contact, Say("a"), Say("b"))
    async with transaction():
        await Outbox.filter(id=one.id).update(body=two.body)
    with pytest.raises(Refused):
        (await Outbox.get(id=one.id)).say()
