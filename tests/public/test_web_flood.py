"""Flood control slows and sets apart, and never refuses: a village shares one address."""

import pytest

from admin.public.app import PublicConfig
from models.access import Access
from models.desk import Pick, counts, inbox
from models.errors import Conflict
from models.flood import AddressGate
from models.matter import Matter
from models.terms import TipStatus
from models.tip import Tip
from tests.public.visitor import Visitor
from tests.world import World


async def test_thirty_residents_file_while_a_flood_from_their_address_is_contained(world: World) -> None:
    gate = AddressGate(longest=0.002)
    async with Visitor.at(world, PublicConfig(gate=gate)) as first:
        residents = [first.beside() for _ in range(30)]
        for number, resident in enumerate(residents):
            await resident.reaches_review(f"第{number}户的补贴没到手。")
        world.clock.forward(minutes=3)
        for number in range(40):
            await first.files_tip(f"刷屏{number}")
            if number < 30:
                await residents[number].press(do="submit")
                assert residents[number].code
        actor = await world.actor("shouli")
        found = {
            (await Matter.open(actor, row.tip_id)).narrative()["parts"][0]["text"]: row.quarantined
            for row in await Access.filter(unit_id=actor.unit_id)
        }
        assert len(found) == 70
        assert not any(apart for words, apart in found.items() if words.startswith("第"))
        assert sum(apart for words, apart in found.items() if words.startswith("刷屏")) >= 20
        assert await Tip.all().count() == 70


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
