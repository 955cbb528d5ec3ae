"""Shredded is gone: from the rows, the files, the chats, and the bytes on the disk."""

import asyncio
from pathlib import Path
from uuid import UUID

import asyncpg
import pytest

from models.access import Access
from models.arranging import move_unit, rename_unit
from models.audit import Act, Audit
from models.db import Database, copies, new_id, transaction
from models.db.current import WRITE
from models.db.database import connections
from models.draft import Draft
from models.erasure import Erased, Gone
from models.errors import Forbidden, Invalid, NotFound
from models.matter import Matter
from models.message import Message
from models.receipt import Identity, Receipt
from models.reveal import ask_reveal
from models.shred import compact, shred
from models.terms import UnitKind
from models.tip import Tip
from models.unit import Unit, tree
from tests.models.burglar import take
from tests.models.staging import Scene, full_tip, resident
from tests.world import World

BESIDES = {"audit", "erased"}


async def keys_and_words(scene: Scene) -> set[bytes]:
    """Every envelope of the tip as it is stored, by its middle: what a scan must not find afterwards."""
    tip_id = scene.tip_id
    found = [row.secret for row in await Access.filter(tip_id=tip_id)]
    found += [row.reporter_locked for row in await Receipt.filter(tip_id=tip_id)]
    found += [row.envelope for row in await Identity.filter(tip_id=tip_id)]
    found += [row.body for row in await Message.filter(tip_id=tip_id)]
    found += [(await Tip.get(id=tip_id)).narrative]
    return {bytes(envelope[20:52]) for envelope in found}


async def disk(database: Database) -> bytes:
    """All bytes of the database on the disk: the file with its side files, or its folder and the server's log."""
    if database.path is not None:
        return _read([Path(f"{database.path}{end}") for end in ("", "-wal", "-shm")])
    await database.write.execute_script("CHECKPOINT")
    [row] = await database.write.execute_query_dict("SELECT current_setting('data_directory') AS folder")
    [oid] = await database.write.execute_query_dict("SELECT oid FROM pg_database WHERE datname = current_database()")
    return _server_bytes(Path(row["folder"]), str(oid["oid"]))


def _server_bytes(folder: Path, oid: str) -> bytes:
    try:
        return _read([*(folder / "base" / oid).iterdir(), *(folder / "pg_wal").iterdir()])
    except PermissionError:
        pytest.skip("the server's folder is not ours to read")


def _read(paths: list[Path]) -> bytes:
    return b"".join([path.read_bytes() for path in paths if path.is_file()])


@pytest.mark.usefixtures("apart")
async def test_invariant_13_no_byte_of_a_shredded_tip_is_found_on_the_disk(world: World, database: Database) -> None:
    scenes = [
        await full_tip(world, number=n, village=v) for n, v in enumerate(("清水村", "白杨村", "清水村", "白杨村"), 1)
    ]
    kept, needles = scenes[0], set[bytes]()
    for scene in scenes[1:]:
        needles |= await keys_and_words(scene)
    before = await disk(database)
    assert all(needle in before for needle in needles)  # the scan is able to find
    assert len(needles) > 20
    assert await shred([scene.tip_id for scene in scenes[1:]]) == 3
    assert await compact(database)
    after = await disk(database)
    assert not [needle for needle in needles if needle in after]
    assert all(needle in after for needle in await keys_and_words(kept))
    assert (await Matter.open(await world.actor("shouli"), kept.tip_id)).narrative()


@pytest.mark.parametrize("backend", ["postgres"])
@pytest.mark.usefixtures("apart")
async def test_invariant_13_holds_though_somebody_was_reading_what_is_shredded(
    world: World, database: Database
) -> None:
    scene = await full_tip(world)
    needles = await keys_and_words(scene)
    reader = await asyncpg.connect(**connections(database.url)[WRITE]["credentials"])
    await reader.execute("BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM tip")
    await shred([scene.tip_id])
    compacted = asyncio.create_task(compact(database))
    await asyncio.sleep(0.5)
    assert not compacted.done()
    await reader.close()
    assert await compacted
    after = await disk(database)
    assert not [needle for needle in needles if needle in after]


async def test_nothing_but_audit_and_journal_names_it_any_more(world: World, tmp_path: Path) -> None:
    scene = await full_tip(world)
    await ask_reveal(await world.actor("chengban"), scene.tip_id, "要核实")
    stored = [path for path in (tmp_path / "files").rglob("*") if path.is_file()]
    assert len(stored) == 1
    assert await shred([scene.tip_id]) == 1
    assert not [path for path in (tmp_path / "files").rglob("*") if path.is_file()]
    naming = {row.table for row in await take() if scene.tip_id in row.columns.values()}
    assert naming <= BESIDES
    assert await Erased.exists(what=Gone.TIP, object_id=scene.tip_id)
    assert await Audit.exists(act=Act.SHREDDED, object_id=scene.tip_id)
    assert await shred([scene.tip_id]) == 0
    with pytest.raises(NotFound):
        await Matter.open(await world.actor("shouli"), scene.tip_id)


async def test_a_chat_that_has_the_thread_open_forgets_it(world: World) -> None:
    scene = await full_tip(world)
    _, draft = await resident(9)
    draft.keep_open(scene.tip_id, scene.reporter_secret, new_id())
    draft.lock_changes()
    async with transaction():
        await draft.save()
    await shred([scene.tip_id])
    assert (await Draft.get(id=draft.id)).unlock().thread is None


async def test_the_copies_kept_by_migrations_go_too(world: World, database: Database) -> None:
    if database.path is None:
        pytest.skip("a server keeps none")
    copy = database.path.with_name(f"{database.path.name}.before-2")
    copy.write_bytes(b"old")
    await compact(database)
    assert copies(database.path) == []


# Moving and renaming


async def test_invariant_2_moving_a_township_between_zones_touches_no_key_and_no_row(world: World) -> None:
    county = world.units["云岭县"]
    zone = await Unit.found(parent=county, kind=UnitKind.ZONE, name="北片")
    scene = await full_tip(world)
    tables = ("access", "key_grant", "ring", "ring_former", "identity", "receipt", "tip", "message")
    before = [row.columns for row in await take(*tables)]
    await move_unit(await world.actor("xitong"), world.units["石桥镇"].id, under=zone.id)
    assert [row.columns for row in await take(*tables)] == before
    assert (await tree()).under(world.units["清水村"].id, zone.id)
    assert (await Matter.open(await world.actor("shouli"), scene.tip_id)).narrative()
    assert (await world.file_tip(village="白杨村")).handler.id == world.units["石桥镇"].id
    assert await Audit.exists(act=Act.UNIT_MOVED, object_id=world.units["石桥镇"].id)


async def test_a_unit_moves_only_to_where_its_kind_fits(world: World) -> None:
    actor, units = await world.actor("xitong"), world.units
    for unit, under in (("清水村", "云岭县"), ("石桥镇", "柳河镇"), ("云岭县", "石桥镇"), ("清水村", "清水村")):
        with pytest.raises(Invalid):
            await move_unit(actor, units[unit].id, under=units[under].id)
    with pytest.raises(NotFound):
        await move_unit(actor, UUID(int=5), under=units["石桥镇"].id)
    with pytest.raises(Forbidden):
        await move_unit(await world.actor("anquan"), units["清水村"].id, under=units["柳河镇"].id)
    await move_unit(actor, units["清水村"].id, under=units["柳河镇"].id)
    assert (await world.file_tip()).handler.id == units["柳河镇"].id


async def test_a_renamed_village_is_found_by_every_name_it_had(world: World) -> None:
    actor, village = await world.actor("xitong"), world.units["清水村"]
    await rename_unit(actor, village.id, name="青龙村")
    await rename_unit(actor, village.id, name="新华村")
    units = await tree()
    for typed in ("清水村", "青龙", "新华村", "qingshui", "xh"):
        assert village.id in {node.id for node in units.search(typed)}, typed
    await rename_unit(actor, village.id, name="清水村")
    assert (await Unit.get(id=village.id)).old_names == ["青龙村", "新华村"]
    for bad in ("", "字" * 65, "白杨村"):
        with pytest.raises(Invalid):
            await rename_unit(actor, village.id, name=bad)
