"""Filing: once, whole, to those who may know; the receipt is the reporter's alone."""

import asyncio
import re
from datetime import datetime
from pathlib import Path

import pytest

from models.access import Access, Counter
from models.attachment import Attachment, FileState
from models.clock import SHANGHAI
from models.codes import Code
from models.county import County
from models.db import Database, transaction
from models.draft import Telling
from models.errors import Conflict, Invalid, NotOpen, Throttled
from models.matter import Matter
from models.receipt import Identity, Receipt
from models.ring import Grant, Ring, open_unit
from models.terms import Channel, Concerns, Mode, RingPurpose, Role, Topic, UnitKind
from models.thread import Thread
from models.tip import Filed, Tip
from models.unit import Unit
from tests.models.burglar import counts, take
from tests.models.staging import full_tip, named, resident, send_file, stored_wish, telling
from tests.world import World

OF_A_TIP = ("tip", "access", "receipt", "event", "deadline", "identity")


async def of_tips() -> dict[str, int]:
    found = await counts()
    return {table: found[table] for table in OF_A_TIP}


async def file(told: Telling) -> Filed:
    return await Tip.file(told, channel=Channel.WEB)


async def test_telling_it_twice_files_it_once_with_the_same_receipt(world: World) -> None:
    told = named(telling(world))
    first = await file(told)
    before = await of_tips()
    world.clock.forward(days=3)
    again = await file(told)
    assert (again.code, again.tip_id, again.handler, again.overseer, again.kept_from, again.named) == (
        first.code,
        first.tip_id,
        first.handler,
        first.overseer,
        first.kept_from,
        True,
    )
    assert await of_tips() == before == {
        "tip": 1, "access": 2, "receipt": 1, "event": 2, "deadline": 1, "identity": 1,
    }  # fmt: skip


async def test_telling_it_side_by_side_files_it_once(world: World) -> None:
    told = named(telling(world))
    answers = await asyncio.gather(*(file(told) for _ in range(6)), return_exceptions=True)
    assert {type(answer) for answer in answers} == {Filed}
    assert len({(filed.code, filed.tip_id) for filed in answers if isinstance(filed, Filed)}) == 1
    assert (await of_tips())["tip"] == 1
    assert (await of_tips())["access"] == 2
    assert (await Counter.get(unit_id=world.units["石桥镇"].id, series="case")).value == 1


async def test_many_tips_side_by_side_get_numbers_without_holes(world: World) -> None:
    villages = ["清水村", "上湾村", "白杨村"] * 4
    answers = await asyncio.gather(*(file(telling(world, village=village)) for village in villages))
    assert len({filed.code for filed in answers}) == 12
    for unit, purpose, count in (("石桥镇", "case", 8), ("柳河镇", "case", 4), ("云岭县", "oversight", 12)):
        rows = Access.filter(unit_id=world.units[unit].id, purpose=purpose).order_by("arrived_no")
        assert [row.arrived_no for row in await rows] == list(range(1, count + 1))


async def test_two_groups_that_file_for_the_same_offices_in_another_order_do_not_block_each_other(
    world: World,
) -> None:
    """A group of steps is one transaction; on PostgreSQL counters taken crosswise would be a deadlock."""
    first_filed = asyncio.Event()

    async def group(*villages: str) -> None:
        async with transaction():
            await file(telling(world, village=villages[0]))
            first_filed.set()
            await asyncio.sleep(0.2)  # the other group begins meanwhile, and waits
            await file(telling(world, village=villages[1]))

    async def other() -> None:
        await first_filed.wait()
        await group("上湾村", "清水村")

    await asyncio.gather(group("清水村", "上湾村"), other())
    assert await Tip.all().count() == 4


async def test_a_filing_that_fails_half_way_leaves_nothing_even_inside_a_step(world: World) -> None:
    """Without a custodian a named tip is refused; the bot says so and its transaction goes on."""
    async with transaction():
        keepers = await Ring.filter(purpose=RingPurpose.CUSTODY).values_list("id", flat=True)
        await Grant.filter(ring_id__in=keepers).delete()
        await County.tree_changed()
    before = await counts()
    told = named(telling(world))
    async with transaction():
        with pytest.raises(Invalid) as caught:
            await file(told)
    assert caught.value.key == "tip.no_custodian"
    assert await counts() == before
    told.naming = "anonymous"
    assert (await file(told)).named is False
    assert not await Identity.exists()


@pytest.mark.parametrize(
    ("lacking", "question"),
    [
        ({"place": ""}, "place"),
        ({"concerns": ""}, "concerns"),
        ({"parts": []}, "story"),
        ({"naming": ""}, "naming"),
        ({"naming": "named", "name": "", "reach": "电话"}, "name"),
        ({"naming": "named", "name": "张三", "reach": ""}, "name"),
    ],
)
async def test_what_is_missing_is_named_and_nothing_is_stored(
    world: World, lacking: dict[str, object], question: str
) -> None:
    told = telling(world)
    for name, value in lacking.items():
        setattr(told, name, value)
    before = await counts()
    with pytest.raises(Invalid) as caught:
        await file(told)
    assert (caught.value.key, caught.value.params) == ("tip.missing", {"question": question})
    assert await counts() == before


async def test_before_any_office_is_open_nothing_is_taken(database: Database, tmp_path: Path) -> None:
    assert database
    world = await World.build(tmp_path, mode=Mode.FULL, people=False)
    try:
        before = await counts()
        with pytest.raises(NotOpen):
            await file(telling(world))
        assert await counts() == before
    finally:
        world.leave()


async def test_a_tip_stores_of_the_reporter_only_the_day(world: World) -> None:
    """No row that a filing or an addition writes tells a time of day, a chat, a name or a word."""
    contact, draft = await resident()
    told = telling(world)
    told.add_file((await send_file(draft)).id, "photo")
    world.clock.forward(minutes=7, seconds=13)
    before = {(row.table, row.columns.get("id")) for row in await take()}
    filed = await Tip.file(told, channel=Channel.CHAT, draft_id=draft.id)
    thread = await Thread.open(str(filed.code), who="a")
    more = Telling()
    more.add_text("补充")
    more.add_file((await send_file(draft)).id, "photo")
    await thread.add(more, draft_id=draft.id)
    written = [row for row in await take() if (row.table, row.columns.get("id")) not in before]
    written += await take("attachment")
    assert {row.table for row in written} >= {*OF_A_TIP, "attachment", "message"} - {"identity"}
    for row in written:
        for column, value in row.columns.items():
            if isinstance(value, datetime):
                local = value.astimezone(SHANGHAI)
                assert (local.hour, local.minute, local.second) == (0, 0, 0), (row.table, column)
            assert value != contact.id, (row.table, column)
            assert value != draft.id, (row.table, column)


async def test_a_file_on_its_way_makes_the_submit_wait_and_a_strangers_file_is_not_taken_along(world: World) -> None:
    _, draft = await resident(1)
    _, other = await resident(2)
    told = telling(world)
    told.add_file((await stored_wish(draft.id)).id, "photo")
    with pytest.raises(Conflict) as caught:
        await Tip.file(told, channel=Channel.CHAT, draft_id=draft.id)
    assert (caught.value.key, caught.value.params) == ("tip.files_on_their_way", {"n": 1})
    assert not await Tip.exists()
    foreign = await send_file(other)
    told = telling(world)
    told.add_file(foreign.id, "photo")
    filed = await Tip.file(told, channel=Channel.CHAT, draft_id=draft.id)
    assert not await Attachment.filter(tip_id=filed.tip_id).exists()
    assert (await Attachment.get(id=foreign.id)).draft_id == other.id


@pytest.mark.parametrize("draft_id", [None, "own"])
async def test_a_file_that_belongs_to_a_tip_cannot_be_drawn_into_another(world: World, draft_id: str | None) -> None:
    scene = await full_tip(world)
    [file_] = await Attachment.filter(tip_id=scene.tip_id)
    _, draft = await resident(9)
    told = telling(world)
    told.add_file(file_.id, "photo")
    filed = await Tip.file(told, channel=Channel.WEB, draft_id=draft.id if draft_id else None)
    assert (await Attachment.get(id=file_.id)).tip_id == scene.tip_id
    assert await (await Matter.open(await world.actor("shouli"), filed.tip_id)).files() == {}
    more = Telling()
    more.add_file(file_.id, "photo")
    thread = await Thread.open(str(filed.code), who="a")
    await thread.add(more)
    assert (await Attachment.get(id=file_.id)).tip_id == scene.tip_id
    assert (await Attachment.get(id=file_.id)).state is FileState.ATTACHED


async def test_wrong_codes_by_the_thousand_are_throttled_for_each_contact_apart(world: World) -> None:
    filed = await world.file_tip()
    seen: dict[str, int] = {}
    for _ in range(1_000):
        with pytest.raises((Invalid, Throttled)) as caught:
            await Thread.open(str(Code.new()), who="guesser")
        seen[caught.value.key] = seen.get(caught.value.key, 0) + 1
    assert seen == {"track.not_found": 10, "track.throttled": 990}
    with pytest.raises(Throttled):  # not even the right one, or the throttle would tell
        await Thread.open(str(filed.code), who="guesser")
    assert await Thread.open(str(filed.code), who="reporter")


async def test_found_and_not_found_cost_the_same_look_up(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    filed = await world.file_tip()
    work: list[str] = []
    true = Code._secret

    def counted(code: Code, pepper: bytes) -> bytes:
        work.append("derived")
        return true(code, pepper)

    monkeypatch.setattr(Code, "_secret", counted)
    assert await Receipt.find(filed.code)
    found = list(work)
    work.clear()
    assert await Receipt.find(Code.new()) is None
    assert work == found


@pytest.mark.parametrize("typed", ["", "你好", "7K4M-Q2XD", "7K4M-Q2XD-9RTA-W5HC-A " * 500, "\0", "𠮷" * 17])
async def test_what_is_no_code_is_said_to_be_none_and_counts_no_try(world: World, typed: str) -> None:
    for _ in range(15):
        with pytest.raises(Invalid) as caught:
            await Thread.open(typed, who="a")
        assert caught.value.key == "track.not_a_code"


async def test_a_hundred_thousand_characters_are_refused_kindly_and_what_was_said_before_stays(world: World) -> None:
    told = telling(world, "第一句。")
    for words in ("字" * 100_000, "𠮷" * 20_000, "", " \n\t ", "\u202e\x00"):
        with pytest.raises(Invalid) as caught:
            told.add_text(words)
        if words.strip(" \n\t\u202e\x00"):
            assert (caught.value.key, caught.value.params) == ("story.too_long", {"most": 20_000, "left": 19_996})
        else:
            assert caught.value.key == "story.empty"
        assert [part.text for part in told.parts] == ["第一句。"]
    told.add_text("字" * 19_996)
    with pytest.raises(Invalid) as caught:
        told.add_text("。")
    assert caught.value.params["left"] == 0
    filed = await file(told)
    matter = await Matter.open(await world.actor("shouli"), filed.tip_id)
    assert sum(len(part["text"]) for part in matter.narrative()["parts"]) == 20_000


async def test_rare_characters_reach_the_desk_as_they_were_typed(world: World) -> None:
    words = "𠮷支书、㛃会计和\U00030ede主任\u202e分了钱\u202c，👨‍👩‍👧 都看见了"
    filed = await file(telling(world, words))
    matter = await Matter.open(await world.actor("shouli"), filed.tip_id)
    [part] = matter.narrative()["parts"]
    assert part["text"] == words.replace("\u202e", "").replace("\u202c", "")


async def test_the_code_is_repeatable_only_from_the_tellings_own_secret(world: World) -> None:
    one, other = telling(world), telling(world)
    assert one.secret != other.secret
    assert (await file(one)).code == Code.from_secret(bytes.fromhex(one.secret))
    assert (await file(other)).code != (await file(one)).code
    assert one.secret not in repr([row.columns for row in await take()])


async def test_a_unit_with_a_long_name_can_still_number_its_tips(world: World) -> None:
    county = world.units["云岭县"]
    name = "双江拉祜族佤族布朗族傣族自治县沙河彝族傈僳族民族团结进步示范乡"
    town = await Unit.found(parent=county, kind=UnitKind.TOWNSHIP, name=name)
    world.units[name] = town
    head = await world.enrol("changshuji", unit=name, role=Role.SECRETARY)
    await open_unit(town, head=head, fingerprint=head.fingerprint(), by_id=None)
    filed = await world.file_tip(village=name, concerns=Concerns.VILLAGE, topic=Topic.OTHER)
    matter = await Matter.open(await world.actor("changshuji"), filed.tip_id)
    await matter.register()
    assert re.fullmatch(rf"{name}〔2026〕\d{{4}}号", matter.tip.official_no)
