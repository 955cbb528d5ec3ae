"""Flood control slows and sets apart, and never refuses: a village shares one address."""

import asyncio
import re
from html import unescape

import pytest

from admin.public.app import PublicConfig
from models.desk import Pick, counts, inbox
from models.errors import Conflict
from models.flood import AddressGate
from models.matter import Matter
from models.terms import TipStatus
from models.tip import Tip
from tests.admin.client import Desk
from tests.bot.test_pieces import photo
from tests.public.visitor import Visitor
from tests.world import World

FLOOD = 40


class Measured(AddressGate):
    """The product's own measure; what it makes people wait is noted, and waited for a hundredth of it."""

    def __init__(self) -> None:
        super().__init__()
        self.waits: list[float] = []

    def post_wait(self, address: str) -> float:
        self.waits.append(super().post_wait(address))
        return self.waits[-1] / 100


@pytest.mark.parametrize("backend", ["sqlite"])  # twenty seconds of waiting; the gate is in memory
async def test_thirty_residents_behind_one_address_all_file_while_a_flood_from_there_is_contained(world: World) -> None:
    """Everything by HTTP: a flood, thirty residents while it goes on, then what the clerk finds on his list."""
    gate = Measured()
    async with Visitor.at(world, PublicConfig(gate=gate)) as first:
        residents = [first.beside() for _ in range(30)]
        for number, resident in enumerate(residents):
            await resident.reaches_review(f"第{number}户的补贴没到手。", ("photo", "a.jpg", photo()))
        world.clock.forward(minutes=3)  # people take their time
        await floods(first, FLOOD)  # more than any village tells in ten minutes, and then it goes on
        async with asyncio.TaskGroup() as group:
            for one in (first.beside(), first.beside()):
                group.create_task(floods(one, FLOOD))
            for resident in residents:
                group.create_task(resident.press(do="submit"))
        codes = {resident.code for resident in residents}
        for code in codes:
            await first.get("/track")
            await first.press("/track", code=code)
            first.says("已收到", "石桥镇纪委")
    assert len(codes) == len(residents)
    assert max(gate.waits) == 4.0  # seconds, for each form of the flood
    async with Desk.at(world) as desk:
        await desk.log_in("shouli")
        listed, apart = await rows(desk, "/tips"), await rows(desk, "/tips?pick=apart")
    told = await stories(world)
    assert {told[tip] for tip in listed} >= {f"第{number}户的补贴没到手。" for number in range(30)}
    assert {told[tip][:2] for tip in apart} == {"刷屏"}
    assert len(apart) >= 3 * FLOOD - 31
    assert len(listed) + len(apart) == 30 + 3 * FLOOD


async def rows(desk: Desk, path: str) -> set[str]:
    """The matters on a list, page after page, by their ids."""
    found, page = set[str](), await desk.get(path)
    while True:
        found |= set(re.findall(r'href="/tips/([0-9a-f]{32})"', page.html))
        older = re.search(r'href="(/tips\?before=[^"]+)"', page.html)
        if older is None:
            return found
        page = await desk.get(unescape(older[1]))


async def stories(world: World) -> dict[str, str]:
    """What each matter says, by its id."""
    actor = await world.actor("shouli")
    matters = [await Matter.open(actor, tip.id) for tip in await Tip.all()]
    return {matter.tip.id.hex: matter.narrative()["parts"][0]["text"] for matter in matters}


async def floods(visitor: Visitor, count: int) -> None:
    for number in range(count):
        await visitor.files_tip(f"刷屏{number}")


async def test_what_is_set_apart_has_its_deadline_and_is_let_in_by_a_clerk(world: World) -> None:
    async with Visitor.at(world, PublicConfig(gate=AddressGate(tips=0.5))) as visitor:  # type: ignore[arg-type]
        await visitor.files_tip("一")
        await visitor.files_tip("二")
    actor = await world.actor("shouli")
    assert (await inbox(actor)).items == []
    apart = (await inbox(actor, pick=Pick.APART)).items
    assert len(apart) == 2
    assert all(item.due_on for item in apart)
    found = await counts(actor)
    assert (found[Pick.APART], found[Pick.NEW]) == (2, 0)
    matter = await Matter.open(actor, apart[0].tip_id)
    await matter.release_from_quarantine()
    with pytest.raises(Conflict):
        await matter.release_from_quarantine()
    await (await Matter.open(actor, apart[1].tip_id)).register()
    items = (await inbox(actor)).items
    assert {item.status for item in items} == {TipStatus.RECEIVED, TipStatus.SCREENING}


def test_the_gate_fades_and_never_refuses() -> None:
    now = [0.0]
    gate = AddressGate(clock=lambda: now[0])
    assert max(gate.post_wait("a") for _ in range(300)) == 0
    waits = [gate.post_wait("a") for _ in range(2000)]
    assert waits == sorted(waits)
    assert waits[-1] == 4.0
    assert gate.post_wait("b") == 0
    now[0] += 600
    assert gate.post_wait("a") == 0
    assert len(gate._levels) == 1


def test_who_takes_his_time_passes_until_it_is_utterly_too_much() -> None:
    gate = AddressGate(clock=lambda: 0.0)
    assert not any(gate.is_flood("a", 3) for _ in range(30))
    assert gate.is_flood("a", 3)
    assert not gate.is_flood("a", 120)
    assert [gate.is_flood("a", 120) for _ in range(300)][-1]


async def test_behind_a_proxy_the_named_header_counts_and_nothing_else(world: World) -> None:
    gate = AddressGate(posts=3, longest=0.001)
    async with Visitor.at(world, PublicConfig(gate=gate, forwarded_header="X-Forwarded-For")) as visitor:
        for number in range(5):
            visitor.headers = {"X-Forwarded-For": f"6.6.6.6, 10.0.0.{number}"}
            await visitor.get("/")
            await visitor.press()
        assert len(gate._levels) == 5
    gate = AddressGate()
    async with Visitor.at(world, PublicConfig(gate=gate)) as visitor:
        for number in range(5):
            visitor.headers = {"X-Forwarded-For": f"10.0.0.{number}"}
            await visitor.get("/")
            await visitor.press()
        assert len(gate._levels) == 1
