"""The desk's verbs: each once, whole, in its time, by those who may; whoever was slower is told."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from contextlib import suppress
from uuid import UUID, uuid4

import pytest

from models import desk
from models.access import Access
from models.audit import Act, Audit
from models.db import transaction
from models.errors import Conflict, DomainError, Forbidden, Invalid, NotFound
from models.event import Happening
from models.matter import Matter
from models.message import Message
from models.terms import RingPurpose, Role, Side, TipStatus
from models.thread import Thread
from models.tip import Tip
from tests.models.burglar import take
from tests.models.staging import FILE, full_tip
from tests.world import World


async def opened(world: World, *logins: str) -> list[Matter]:
    filed = await world.file_tip()
    return [await Matter.open(await world.actor(login), filed.tip_id) for login in logins or ("shouli",)]


async def test_a_matter_goes_its_way_and_everybody_reads_where_it_stands(world: World) -> None:
    [matter] = await opened(world)
    await matter.read()
    await matter.register()
    assert re.fullmatch(r"石桥镇〔2026〕[1-9]\d{3}号", matter.tip.official_no)
    await matter.accept(summary="摘要一句", assignee_id=world.staff["chengban"].id)
    await matter.conclude(answer="答复一句")
    rows = await Access.filter(tip_id=matter.tip.id)
    assert {row.status for row in rows} == {TipStatus.CONCLUDED}
    assert {row.due_on for row in rows} == {None}
    case = next(row for row in rows if row.purpose is RingPurpose.CASE)
    assert case.assignee_id == world.staff["chengban"].id
    [item] = (await desk.inbox(await world.actor("fushuji"))).items
    assert (item.summary, item.status, item.assignee, item.unread) == ("摘要一句", TipStatus.CONCLUDED, "王承办", False)
    happened = [event.happening for event in await matter.timeline()]
    assert happened == [
        Happening.ARRIVED, Happening.REGISTERED, Happening.ACCEPTED, Happening.CLAIMED, Happening.CONCLUDED,
    ]  # fmt: skip
    acts = await Audit.filter(object_id=matter.tip.id).order_by("id")
    assert [line.act for line in acts] == [Act.TIP_READ, Act.REGISTERED, Act.ACCEPTED, Act.CLAIMED, Act.CONCLUDED]


async def test_a_timeline_begins_with_the_arrival_on_either_database(world: World) -> None:
    """A line of the reporter's side has no time of day, and the databases put it at different ends."""
    [matter] = await opened(world)
    await matter.register()
    await matter.note("一笔")
    assert [event.happening for event in await matter.timeline()] == [
        Happening.ARRIVED,
        Happening.REGISTERED,
        Happening.NOTED,
    ]


async def test_whoever_was_slower_is_told_and_nothing_is_done_twice(world: World) -> None:
    first, second = await opened(world, "shouli", "chengban")
    await first.register()
    acts: list[Callable[[], Awaitable[object]]] = [
        second.register,
        lambda: second.accept(summary="x"),
        lambda: second.note("x"),
        second.seal_upward,
    ]
    for act in acts:
        before = [row.columns for row in await take()]
        with pytest.raises(Conflict) as caught:
            await act()
        assert caught.value.key == "tip.moved_on"
        assert [row.columns for row in await take()] == before
    assert (await Tip.get(id=first.tip.id)).official_no == first.tip.official_no


async def test_of_two_who_register_side_by_side_one_does(world: World) -> None:
    matters = await opened(world, "shouli", "chengban", "shuji", "fushuji")
    answers = await asyncio.gather(*(matter.register() for matter in matters), return_exceptions=True)
    assert sorted(type(answer).__name__ for answer in answers) == ["Conflict"] * 3 + ["NoneType"]
    given = [matter.tip.official_no for matter, answer in zip(matters, answers, strict=True) if answer is None]
    assert given == [(await Tip.get(id=matters[0].tip.id)).official_no]


async def test_of_two_who_seal_upward_side_by_side_one_does(world: World) -> None:
    matters = await opened(world, "shouli", "chengban", "shuji")
    answers = await asyncio.gather(*(matter.seal_upward() for matter in matters), return_exceptions=True)
    assert sorted(type(answer).__name__ for answer in answers) == ["Node", "NotFound", "NotFound"]
    assert await Access.filter(tip_id=matters[0].tip.id, purpose=RingPurpose.CASE).count() == 1


async def test_official_numbers_name_their_year_and_are_never_given_twice(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn = iter([7, 7, 7, 8])
    monkeypatch.setattr("models.matter.secrets.randbelow", lambda _most: next(drawn))
    numbers = []
    for days in (0, 0, 45):
        world.clock.forward(days=days)
        [matter] = await opened(world)
        if days:
            drawn = iter([7])
        await matter.register()
        numbers.append(matter.tip.official_no)
    assert numbers == ["石桥镇〔2026〕1007号", "石桥镇〔2026〕1008号", "石桥镇〔2027〕1007号"]


async def test_official_numbers_grow_longer_when_they_run_out(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("models.matter.secrets.randbelow", lambda _most: 0)
    numbers = []
    for _ in range(3):
        [matter] = await opened(world)
        await matter.register()
        numbers.append(matter.tip.official_no)
    assert numbers == ["石桥镇〔2026〕1000号", "石桥镇〔2026〕10000号", "石桥镇〔2026〕100000号"]


@pytest.mark.parametrize("words", ["", "  \n\t", "\u202e\x00", "字" * 4_001])
async def test_words_that_are_empty_or_too_long_are_refused_and_nothing_happens(world: World, words: str) -> None:
    [matter] = await opened(world)
    await matter.register()
    before = [row.columns for row in await take()]
    key = "tip.words_too_long" if len(words) > 4_000 else None
    for act in (
        lambda: matter.reply(words),
        lambda: matter.note(words),
        lambda: matter.summarise(words),
        lambda: matter.accept(summary=words),
        lambda: matter.conclude(answer=words),
        lambda: matter.mark_out_of_scope(guidance=words),
    ):
        with pytest.raises(Invalid) as caught:
            await act()
        assert caught.value.key == key or (key is None and caught.value.key.endswith("_empty"))
    assert [row.columns for row in await take()] == before


async def test_words_as_long_as_they_may_be_are_taken(world: World) -> None:
    [matter] = await opened(world)
    await matter.reply("𠮷" * 4_000)
    await matter.summarise("㛃" * 200)
    with pytest.raises(Invalid):
        await matter.summarise("㛃" * 201)
    assert (await matter.thread())[0].parts == [{"text": "𠮷" * 4_000}]


async def test_an_assignee_who_cannot_have_it_undoes_the_acceptance_as_well(world: World) -> None:
    newcomer = await world.enrol("xinlai", unit="石桥镇", role=Role.HANDLER)  # holds no ring yet
    for stranger in (newcomer.id, world.staff["xianban"].id, world.staff["liuban"].id, uuid4()):
        [matter] = await opened(world)
        before = [row.columns for row in await take()]
        with pytest.raises(Invalid) as caught:
            await matter.accept(summary="摘要", assignee_id=stranger)
        assert caught.value.key == "tip.assignee_unknown"
        assert [row.columns for row in await take()] == before


class Tried(Exception):
    """It would have worked."""


async def only_try(act: Callable[[], Awaitable[object]]) -> None:
    with suppress(Tried):
        async with transaction():
            await act()
            raise Tried


@pytest.mark.parametrize(
    ("status", "closed"),
    [
        (TipStatus.RECEIVED, {"conclude"}),
        (TipStatus.SCREENING, {"register", "conclude"}),
        (TipStatus.ACCEPTED, {"register", "accept", "out"}),
        (TipStatus.CONCLUDED, {"register", "accept", "out", "conclude", "claim", "seal"}),
        (TipStatus.OUT_OF_SCOPE, {"register", "accept", "out", "conclude", "claim", "seal"}),
    ],
)
async def test_each_act_has_its_time(world: World, status: TipStatus, closed: set[str]) -> None:
    filed = await world.file_tip()
    async with transaction():
        await Access.filter(tip_id=filed.tip_id).update(status=status)
        await Tip.filter(id=filed.tip_id).update(status=status)

    async def works(name: str) -> bool:
        matter = await Matter.open(await world.actor("shouli"), filed.tip_id)
        acts: dict[str, Callable[[], Awaitable[object]]] = {
            "register": matter.register,
            "accept": lambda: matter.accept(summary="摘要"),
            "out": lambda: matter.mark_out_of_scope(guidance="去那里"),
            "conclude": lambda: matter.conclude(answer="答复"),
            "claim": matter.claim,
            "seal": matter.seal_upward,
            "reply": lambda: matter.reply("一句"),
            "note": lambda: matter.note("一笔"),
        }
        try:
            await only_try(acts[name])
        except Forbidden:
            return False
        return True

    names = {"register", "accept", "out", "conclude", "claim", "seal", "reply", "note"}
    assert {name for name in names if not await works(name)} == closed


async def test_a_file_is_read_whole_by_those_who_may_and_each_reading_is_told(world: World) -> None:
    scene = await full_tip(world)
    matter = await Matter.open(await world.actor("chengban"), scene.tip_id)
    [(file_id, meta)] = (await matter.files()).items()
    assert (meta["name"], meta["size"]) == ("租约.jpg", len(FILE))
    _, pieces = await matter.file(UUID(hex=file_id))
    assert b"".join([piece async for piece in pieces]) == FILE
    assert await Audit.filter(act=Act.FILE_READ, actor_id=matter.actor.id).count() == 1
    other = await Matter.open(await world.actor("shouli"), (await world.file_tip()).tip_id)
    with pytest.raises(NotFound):
        await other.file(UUID(hex=file_id))
    matter.actor.staff.role = Role.CUSTODIAN  # he was moved while the page was open
    with pytest.raises(DomainError):
        await matter.file(UUID(hex=file_id))
    with pytest.raises(DomainError):
        await matter.note("一笔")
    assert await Audit.filter(act=Act.FILE_READ).count() == 1


async def test_guidance_and_answer_reach_the_reporter(world: World) -> None:
    for act, status in (("out", TipStatus.OUT_OF_SCOPE), ("conclude", TipStatus.CONCLUDED)):
        filed = await world.file_tip()
        matter = await Matter.open(await world.actor("shouli"), filed.tip_id)
        if act == "out":
            await matter.mark_out_of_scope(guidance="请找信访局")
        else:
            await matter.accept(summary="摘要")
            await matter.conclude(answer="已处理")
        world.clock.forward(minutes=1)
        thread = await Thread.open(str(filed.code), who="a")
        assert [line.text for line in await thread.heard()] == ["请找信访局" if act == "out" else "已处理"]
        assert await thread.status() is status


async def test_an_answer_that_ended_a_matter_cannot_be_recalled_and_leave_it_ended_without_one(world: World) -> None:
    filed = await world.file_tip(named=True)
    matter = await Matter.open(await world.actor("shouli"), filed.tip_id)
    await matter.mark_out_of_scope(guidance="请找信访局")
    [message] = await Message.filter(tip_id=filed.tip_id, side=Side.DESK)
    try:
        await matter.recall(message.id)
    except DomainError:
        return
    assert (await Tip.get(id=filed.tip_id)).status is not TipStatus.OUT_OF_SCOPE


async def test_lists_lock_what_was_sealed_anew_and_both_open_alike(world: World) -> None:
    filed = await world.file_tip()
    row = await Access.get(tip_id=filed.tip_id, purpose=RingPurpose.CASE)
    assert row.secret[:2] == b"\x01\x02"
    before = await row.open_tip(await world.actor("shouli"))
    actors = [await world.actor(login) for login in ("shouli", "chengban", "shuji")]
    await asyncio.gather(*(desk.inbox(actor) for actor in actors))
    again = await Access.get(id=row.id)
    assert again.secret[:2] == b"\x01\x01"
    assert await again.open_tip(await world.actor("chengban")) == before
