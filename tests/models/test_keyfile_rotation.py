"""New secrets in the key file: everything opens before, during and after, and the old ones are of no use then."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from models.access import Access
from models.attachment import Attachment
from models.contact import Contact, address_tag
from models.db import transaction
from models.errors import Corrupt
from models.house import enter, house
from models.inbox import Inbox
from models.keyfile import KeyFile
from models.message import Ping
from models.outbox import queued
from models.receipt import Receipt
from models.ring import Ring
from models.session import log_in
from models.staff import Invite, Staff
from models.terms import RingPurpose, Role
from models.thread import Thread
from models.transit import adopt_base, base_adopted, drop_unnamed, relock_transit, still_named
from tests.commands import command
from tests.models.burglar import Burglar, of_key_file, overwrite, take
from tests.models.staging import busy_doors, full_tip, resident
from tests.models.striking import Strike, Struck
from tests.world import PASSWORD, World


def use(keys: KeyFile) -> KeyFile:
    enter(replace(house(), keys=keys))
    return keys


async def everything_in_transit_opens() -> None:
    for row in await Inbox.filter(body__not_isnull=True):
        assert row.update_told()
    for contact in await Contact.all():
        assert contact.address().startswith("telegram:")
    for ping in await Ping.all():
        assert ping.contact_id()
    for file in await Attachment.filter(tip_id=None):
        assert file.draft_meta()
    for answer in await queued():
        assert answer.say()


async def test_transit_everything_is_locked_anew_and_the_old_secret_opens_nothing(world: World) -> None:
    await full_tip(world)
    await busy_doors()
    old = house().keys
    keys = use(old.with_new_transit())
    await everything_in_transit_opens()
    assert await still_named(keys) == {old.transit.id}
    assert await drop_unnamed(keys) == keys
    assert await relock_transit() > 6
    assert await relock_transit() == 0
    use(await drop_unnamed(keys))
    assert len(house().keys.transits) == 1
    await everything_in_transit_opens()
    assert not Burglar(await take(), of_key_file(old), old).work().opened


async def test_transit_struck_down_anywhere_it_is_taken_up_again(world: World) -> None:
    for number in range(3):
        await busy_doors(number + 1)
    keys = use(house().keys.with_new_transit())
    struck = 0
    for place in range(1, 200, 3):
        try:
            await Strike(relock_transit(), at=place)
        except Struck:
            struck += 1
            await everything_in_transit_opens()
        else:
            break
    assert struck > 5
    assert await relock_transit() == 0
    assert await still_named(keys) == set()


async def test_transit_what_came_in_meanwhile_is_not_overwritten(world: World) -> None:
    _, draft = await resident(3)
    use(house().keys.with_new_transit())
    draft.telling.add_text("刚说的")
    draft.lock_changes()
    async with transaction():
        await draft.save()
    await relock_transit()
    assert (await type(draft).get(id=draft.id)).unlock().telling.parts[0].text == "刚说的"


async def test_base_doors_passwords_receipts_contacts_and_invites_go_on(world: World) -> None:
    scene = await full_tip(world)
    code = await Invite.issue(unit_id=world.units["石桥镇"].id, role=Role.HANDLER, by=None)
    old = house().keys
    use(old.with_new_base())
    assert not await base_adopted()
    with pytest.raises(Corrupt):  # killed here, nothing is sealed to an unattested key; reading goes on
        await world.file_tip(village="白杨村")
    assert await adopt_base()
    assert not await adopt_base()
    assert (await Contact.get(id=scene.contact.id)).tag == address_tag("telegram:1")
    assert (await Invite.find(code)).role is Role.HANDLER
    before = (await Staff.get(login="shouli")).secret_locked
    await log_in(login="shouli", password=PASSWORD, code=world.fresh_code("shouli"))
    relocked = (await Staff.get(login="shouli")).secret_locked
    assert relocked != before
    receipt = await Receipt.get(tip_id=scene.tip_id)
    assert (await Thread.open(str(scene.filed.code), who="a")).reporter_secret == scene.reporter_secret
    assert (await Receipt.get(id=receipt.id)).tag != receipt.tag
    use(replace(house().keys, bases=house().keys.bases[:1]))  # those who came since need the old one no more
    await log_in(login="shouli", password=PASSWORD, code=world.fresh_code("shouli"))
    assert (await Thread.open(str(scene.filed.code), who="a")).reporter_secret == scene.reporter_secret
    assert (await world.file_tip(village="白杨村")).handler.id == world.units["石桥镇"].id


async def test_invariant_5_base_a_swapped_entry_is_not_attested_anew(world: World) -> None:
    ring = await Ring.get(unit_id=world.units["石桥镇"].id, purpose=RingPurpose.CASE)
    other = await Ring.get(unit_id=world.units["柳河镇"].id, purpose=RingPurpose.CASE)
    await overwrite("ring", "public", ring.id, other.public)
    use(house().keys.with_new_base())
    with pytest.raises(Corrupt):
        await adopt_base()
    assert not await base_adopted()


async def test_base_struck_down_anywhere_it_is_taken_up_again(world: World) -> None:
    use(house().keys.with_new_base())
    for place in range(1, 120, 7):
        try:
            await Strike(adopt_base(), at=place)
        except Struck:
            if await base_adopted():
                break
        else:
            break
    await adopt_base()
    await world.file_tip()
    assert await Access.exists()


@pytest.mark.parametrize("which", ["transit", "base"])
async def test_the_command_rotates_and_can_be_repeated(
    world: World, database_url: str, tmp_path: Path, which: str
) -> None:
    await full_tip(world)
    await busy_doors()
    place = tmp_path / "keys.json"
    house().keys.save(place)
    env = {"DATABASE_URL": database_url, "KEY_FILE": str(place), "DATA_DIR": str(tmp_path)}
    for _ in range(2):
        done = await command("keys", "rotate", which, env=env)
        assert done.code == 0, done.err
    now = KeyFile.load(place)
    assert (len(now.transits), len(now.bases)) == ((1, 1) if which == "transit" else (1, 3))
    assert getattr(now, f"{which}s")[0] != getattr(house().keys, f"{which}s")[0]
    use(now)
    await asyncio.sleep(0)
    await everything_in_transit_opens()
    await world.file_tip(village="白杨村")
