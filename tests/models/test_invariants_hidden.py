"""A tip about the township's leadership: the county handles it, and nothing at the township shows that it exists.

Seen by every member of that township through everything the domain answers, and by a thief who has the
database, the files, the key file and every private key of the township.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from models import desk
from models.access import Access, Counter, access_of, reference
from models.actor import Actor
from models.appointing import open_below
from models.attachment import Attachment
from models.audit import Audit
from models.custody import Spare
from models.deadline import Deadline
from models.desk import Pick
from models.draft import Telling
from models.errors import Conflict, DomainError, NotFound
from models.house import house
from models.later_name import give_name
from models.matter import Matter
from models.message import Message, announce_replies
from models.policy import scope
from models.receipt import Identity
from models.reveal import ask_reveal
from models.ring import Grant, Ring
from models.sealing import Purpose, Refused, open_any
from models.staff import Staff
from models.terms import Concerns, RingPurpose, Role, TipStatus
from models.thread import Thread
from models.tip import Tip
from tests.models.burglar import Burglar, of_key_file, possible_secrets, take
from tests.models.staging import NAME, WORDS, Scene, full_tip
from tests.world import World

TOWNSHIP = ("shuji", "fushuji", "shouli", "chengban", "zhenguan")
LEADERSHIP = [Concerns.TOWNSHIP_HEADS, Concerns.TOWNSHIP, Concerns.UNSURE, Concerns.NOT_TOWNSHIP]


async def with_custodian(world: World) -> None:
    """石桥镇 has a custodian of its own, so that its custody ring might be used by mistake."""
    custodian = await world.enrol("zhenguan", unit="石桥镇", role=Role.CUSTODIAN)
    await open_below(await world.actor("xianshuji"), custodian, custodian.fingerprint())


async def township_keys(world: World) -> set[bytes]:
    """Every private key of 石桥镇: its members' staff secrets and all its rings."""
    keys: set[bytes] = set()
    for login in TOWNSHIP:
        actor = await world.actor(login)
        keys.add(actor._secret)
        for grant in await Grant.filter(staff_id=actor.id):
            keys.add(await actor.ring_secret(grant.ring_id))
    assert await Ring.filter(unit_id=world.units["石桥镇"].id).count() == 2
    assert len(keys) == len(TOWNSHIP) + 2
    return keys


async def view_of(actor: Actor) -> object:
    """Everything the domain answers to a member who looks around, as data that can be compared."""
    page = await desk.inbox(actor)
    return {
        "items": page.items,
        "pages": [await desk.inbox(actor, status=status) for status in TipStatus],
        "picks": [await desk.inbox(actor, pick=pick) for pick in Pick],
        "mine": await desk.inbox(actor, mine=True),
        "counts": await desk.counts(actor),
        "next": await desk.next_new(actor, besides=uuid4()),
        "audit": [row.id for row in await scope(actor, Audit)],
        "rows": [row.id for row in await scope(actor, Access)],
        "staff": sorted(row.login for row in await scope(actor, Staff)),
        "held": [await actor.held(purpose) for purpose in RingPurpose],
    }


async def error_of(act: Callable[[], Awaitable[object]]) -> tuple[type[DomainError], str, dict[str, object]]:
    with pytest.raises(DomainError) as caught:
        await act()
    return type(caught.value), caught.value.key, caught.value.params


async def shows_nothing(world: World, tip_id: UUID) -> None:
    """A guessed id answers as any random one; no row of the tip names the township or its people."""
    town = {world.units[name].id for name in ("石桥镇", "清水村", "白杨村")}
    for login in TOWNSHIP:
        actor = await world.actor(login)
        answers = [
            [await error_of(partial(look, id_)) for id_ in (tip_id, uuid4())]
            for look in (
                partial(Matter.open, actor),
                partial(access_of, actor),
                partial(access_of, actor, purpose=RingPurpose.OVERSIGHT),
            )
        ]
        for hidden, absent in answers:
            assert hidden == absent == (NotFound, "error.not_found", {})
        assert not any(item.tip_id == tip_id for item in (await desk.inbox(actor)).items)
    rows = [row for row in await take("access", "event", "deadline", "message") if row.columns["tip_id"] == tip_id]
    assert {row.table for row in rows} >= {"access", "event", "deadline"}
    assert not town & {row.columns["unit_id"] for row in rows}
    assert not town & {row.seen_by_id for row in await Audit.filter(object_id=tip_id)}
    tip = await Tip.get(id=tip_id)
    assert tip.unit_id == world.units["云岭县"].id
    assert "石桥镇" not in tip.official_no


async def opens_nothing(world: World, tip_id: UUID, folder: Path, *, custody: bool = False) -> None:
    """Database, files, key file and every key of the township: no ciphertext of that tip gives way."""
    rows = await take()
    names = {tip_id, *[row.id for row in rows if row.columns.get("tip_id") == tip_id]}
    keys = await township_keys(world) | of_key_file(house().keys)
    thief = Burglar(rows, keys | possible_secrets([r for r in rows if r.table in {"draft", "ping"}]), house().keys)
    thief.work()
    assert Purpose.RING_SECRET in thief.purposes()
    opened = {(found.table, found.column) for found in thief.opened if found.row in names}
    assert opened <= {("ping", "contact_locked")}, opened  # the chat link is the process's own
    assert not any(thief.read(words) for words in WORDS)
    files = {file.id.hex for file in await Attachment.filter(tip_id=tip_id)}
    stored = await asyncio.to_thread(lambda: [path for path in folder.rglob("*") if path.name in files])
    assert len(stored) == len(files) == 1
    sealed = await asyncio.to_thread(stored[0].read_bytes)
    for secret in thief.secrets if len(thief.secrets) < 500 else keys:
        for purpose in (Purpose.FILE_KEY, Purpose.WORK_FILE):
            with pytest.raises(Refused):
                open_any(secret, sealed, purpose, UUID(hex=stored[0].name))
    # The same thief reads what is the township's own.
    own = await Access.filter(unit_id=world.units["石桥镇"].id, purpose=RingPurpose.CASE)
    assert {row.id for row in own} <= {found.row for found in thief.opened}
    assert custody or Purpose.IDENTITY_INNER not in thief.purposes()


async def ordinary(world: World) -> UUID:
    """A tip that the township may see."""
    return (await world.file_tip("路灯坏了，钱去哪了。", village="白杨村")).tip_id


@pytest.mark.parametrize("concerns", LEADERSHIP)
async def test_must_show_2_a_tip_about_the_leadership_leaves_no_trace_at_the_township(
    world: World, tmp_path: Path, concerns: Concerns
) -> None:
    await with_custodian(world)
    first = await ordinary(world)
    await (await Matter.open(await world.actor("shouli"), first)).register()
    before = {login: await view_of(await world.actor(login)) for login in TOWNSHIP}
    scene = await full_tip(world, desk="xianban", concerns=concerns)
    await announce_replies()
    assert {login: await view_of(await world.actor(login)) for login in TOWNSHIP} == before
    await shows_nothing(world, scene.tip_id)
    # Places go on without a gap.
    second = await ordinary(world)
    matter = await Matter.open(await world.actor("shouli"), second)
    await matter.register()
    numbers = await Access.filter(unit_id=world.units["石桥镇"].id).order_by("arrived_no").values_list("arrived_no")
    assert numbers == [(1,), (2,)]
    await opens_nothing(world, scene.tip_id, tmp_path / "files")
    # The county, meanwhile, works on it.
    county = await Matter.open(await world.actor("xianban"), scene.tip_id)
    assert county.narrative()
    assert {node.name for node, _ in await county.readers()} == {"云岭县"}
    identity = await Identity.get(tip_id=scene.tip_id)
    ring = await Ring.get(id=identity.custody_ring_id)
    assert ring.unit_id == world.units["云岭县"].id


async def sealed(world: World) -> Scene:
    """石桥镇 worked on it, then gave it upward."""
    scene = await full_tip(world)
    matter = await Matter.open(await world.actor("chengban"), scene.tip_id)
    await matter.claim((await world.actor("fushuji")).id)
    [file] = await Attachment.filter(tip_id=scene.tip_id)
    await matter.file(file.id)
    target = await matter.seal_upward()
    assert target.name == "云岭县"
    return scene


async def test_must_show_2_after_sealing_upward_nothing_is_left_at_the_township(world: World, tmp_path: Path) -> None:
    await with_custodian(world)
    await ordinary(world)
    scene = await sealed(world)
    await announce_replies()
    await shows_nothing(world, scene.tip_id)
    for login in TOWNSHIP:
        view = json.dumps(await view_of(await world.actor(login)), default=str)
        assert str(scene.tip_id) not in view
    await opens_nothing(world, scene.tip_id, tmp_path / "files", custody=False)
    county = await world.actor("xianban")
    matter = await Matter.open(county, scene.tip_id)
    assert matter.narrative()
    assert len(await matter.thread()) == 3
    assert matter.summary()
    assert await matter.deadlines()
    assert matter.access.assignee_id is None
    assert {node.name for node, _ in await matter.readers()} == {"云岭县"}
    assert matter.tip.official_no == ""
    await matter.note("县里接手。")
    # What the reporter adds now goes to the county alone, and the township's desk stays as it was.
    before = {login: await view_of(await world.actor(login)) for login in TOWNSHIP}
    thread = await Thread.open(str(scene.filed.code), who="a")
    assert (await thread.handler()).name == "云岭县"
    more = Telling()
    more.add_text("再说一句。")
    await thread.add(more)
    assert {login: await view_of(await world.actor(login)) for login in TOWNSHIP} == before
    await shows_nothing(world, scene.tip_id)


async def test_must_show_2_whoever_still_holds_the_page_open_can_do_nothing_after_sealing(world: World) -> None:
    scene = await full_tip(world)
    stale = await Matter.open(await world.actor("shuji"), scene.tip_id)
    await (await Matter.open(await world.actor("chengban"), scene.tip_id)).seal_upward()
    before = [row.columns for row in await take()]
    message = (await Message.filter(tip_id=scene.tip_id))[0].id
    acts: list[Callable[[], Awaitable[object]]] = [
        lambda: stale.reply("还在吗？"),
        lambda: stale.note("记一笔"),
        stale.claim,
        lambda: stale.summarise("摘要"),
        lambda: stale.accept(summary="摘要"),
        lambda: stale.recall(message),
        lambda: stale.mark_out_of_scope(guidance="走吧"),
        stale.seal_upward,
    ]
    for act in acts:
        kind, key, params = await error_of(act)
        assert (kind, key, params) == (NotFound, "error.not_found", {}) or kind.__name__ == "Invalid"
    assert [row.columns for row in await take()] == before


async def test_sealing_upward_where_nobody_stands_above_changes_nothing(world: World) -> None:
    filed = await world.file_tip(concerns=Concerns.NOT_TOWNSHIP)
    before = [row.columns for row in await take()]
    matter = await Matter.open(await world.actor("xianban"), filed.tip_id)
    with pytest.raises(Conflict):
        await matter.seal_upward()
    assert [row.columns for row in await take()] == before


async def test_sealing_upward_keeps_the_reporters_arrival_day(world: World) -> None:
    """The county must not see a tip as new that has waited for ten days, nor its day as a working-day clock reset."""
    filed = await world.file_tip(named=True)
    due = (await Deadline.get(tip_id=filed.tip_id)).due_on
    world.clock.forward(days=10)
    await (await Matter.open(await world.actor("chengban"), filed.tip_id)).seal_upward()
    row = await Access.get(tip_id=filed.tip_id, purpose=RingPurpose.CASE)
    assert row.due_on == due
    assert (await Deadline.get(tip_id=filed.tip_id)).unit_id == world.units["云岭县"].id
    [other] = (await desk.inbox(await world.actor("xianban"))).items
    assert other.due_on == due


async def test_must_show_2_sealing_upward_leaves_no_gap_in_the_townships_numbers(world: World) -> None:
    await ordinary(world)
    filed = await world.file_tip()
    await ordinary(world)
    await (await Matter.open(await world.actor("chengban"), filed.tip_id)).seal_upward()
    await ordinary(world)
    numbers = await Access.filter(unit_id=world.units["石桥镇"].id).order_by("arrived_no").values_list("arrived_no")
    assert numbers == [(1,), (2,), (3,)]
    assert (await Counter.get(unit_id=world.units["石桥镇"].id, series=RingPurpose.CASE)).value == 3


async def test_must_show_2_no_number_that_is_shown_counts_or_changes_when_a_matter_goes(world: World) -> None:
    """Neither a reference nor an official number tells how many there were: nothing counts them (ADR 0013)."""
    kept, gone = [await ordinary(world) for _ in range(3)], (await world.file_tip()).tip_id
    kept.append(await ordinary(world))
    chengban = await world.actor("chengban")
    for tip_id in (*kept, gone):
        await (await Matter.open(chengban, tip_id)).register()

    async def shown() -> list[tuple[str, str]]:
        return [(item.number, item.official_no) for item in (await desk.inbox(chengban)).items if item.tip_id != gone]

    before = await shown()
    await (await Matter.open(chengban, gone)).seal_upward()
    assert await shown() == before
    assert {number for number, _ in before} == {reference(tip_id) for tip_id in kept}
    assert not await Counter.filter(series__startswith="official").exists()


async def test_sealing_upward_takes_the_identity_out_of_the_townships_custody(world: World) -> None:
    await with_custodian(world)
    scene = await full_tip(world)
    town = world.units["石桥镇"].id
    assert (await Ring.get(id=(await Identity.get(tip_id=scene.tip_id)).custody_ring_id)).unit_id == town
    await (await Matter.open(await world.actor("chengban"), scene.tip_id)).seal_upward()
    ring = await Ring.get(id=(await Identity.get(tip_id=scene.tip_id)).custody_ring_id)
    assert ring.unit_id != town
    reveal = await ask_reveal(await world.actor("xianban"), scene.tip_id, "要核实")
    assert reveal.unit_id == world.units["云岭县"].id  # the township's custodian is not even asked
    assert not Burglar(await take(), await township_keys(world) | {scene.tip_secret}).work().read(NAME)
    assert not await Spare.exists()


async def test_a_name_given_after_sealing_upward_goes_to_no_custodian_of_the_township(world: World) -> None:
    await with_custodian(world)
    filed = await world.file_tip()
    await (await Matter.open(await world.actor("chengban"), filed.tip_id)).seal_upward()
    await give_name(await Thread.open(str(filed.code), who="x"), name=NAME, reach="只发消息", safe="")
    ring = await Ring.get(id=(await Identity.get(tip_id=filed.tip_id)).custody_ring_id)
    assert ring.unit_id == world.units["云岭县"].id
    assert not await Spare.exists()
