"""Invariant 3: whom a matter touches never gets a row of it, and the nearest office that is clear handles it.

Trees, keys and ties are made up at random; the expected answer is worked out here a second time, in another
way: from the list of all units, not by walking up.
"""

from dataclasses import dataclass
from uuid import UUID

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from models.access import Access
from models.county import County
from models.db import transaction
from models.errors import NotOpen
from models.event import Event
from models.offices import find_route, offices
from models.ring import Grant, Ring, open_unit
from models.routing import Offices, Route, may_receive, route, touched_by
from models.staff import Staff
from models.terms import Channel, Concerns, RingPurpose, Role, UnitKind
from models.tip import Tip
from models.unit import Node, Tree, Unit, tree
from tests.models.burglar import counts
from tests.models.staging import named, telling
from tests.world import World

TOWNSHIP_TOUCHED = {Concerns.TOWNSHIP, Concerns.TOWNSHIP_HEADS, Concerns.UNSURE, Concerns.NOT_TOWNSHIP}


@dataclass
class Land:
    """A made-up county: its tree, its keys, and a place where something happened."""

    tree: Tree
    offices: Offices
    place: UUID
    concerns: Concerns

    @property
    def route(self) -> Route | None:
        return route(self.tree, self.offices, self.place, self.concerns)

    @property
    def touched(self) -> frozenset[UUID]:
        return touched_by(self.tree, self.place, self.concerns)

    def chain(self, unit: UUID) -> list[Node]:
        """From a unit to the root, by looking parents up in the list."""
        found, at = list[Node](), self.tree.nodes.get(unit)
        while at is not None:
            found.append(at)
            at = self.tree.nodes.get(at.parent_id) if at.parent_id else None
        return found

    def tainted(self, unit: UUID) -> bool:
        """Whether a unit may know nothing: touched, beneath a touched one, or with a member who belongs there."""
        chain = self.chain(unit)
        panel = chain[0].kind is UnitKind.PANEL
        if self.touched & ({unit} if panel else {node.id for node in chain}):
            return True
        return any(self.touched & {node.id for node in self.chain(tie)} for tie in self.offices.ties.get(unit, ()))


@st.composite
def lands(draw: st.DrawFn) -> Land:
    """Up to two dozen units in legal shapes, any of them with or without keys, with ties across."""
    nodes: list[Node] = []

    def found(kind: UnitKind, parent: Node | None) -> Node:
        node = Node(UUID(int=len(nodes) + 1), parent.id if parent else None, kind, f"{kind}{len(nodes)}", "", {})
        nodes.append(node)
        return node

    superior = found(UnitKind.SUPERIOR, None) if draw(st.booleans()) else None
    county = found(UnitKind.COUNTY, superior)
    for _ in range(draw(st.integers(0, 2))):
        found(UnitKind.PANEL, county)
    for _ in range(draw(st.integers(1, 3))):
        above = found(UnitKind.ZONE, county) if draw(st.booleans()) else county
        township = found(UnitKind.TOWNSHIP, above)
        if draw(st.booleans()):
            found(UnitKind.PANEL, township)
        for _ in range(draw(st.integers(0, 3))):
            village = found(UnitKind.VILLAGE, township)
            if draw(st.booleans()):
                found(UnitKind.STATION, village)
    ids = [node.id for node in nodes]
    some = st.frozensets(st.sampled_from(ids), max_size=len(ids))
    # Rarely should an office be without keys, or too little would be tried.
    lacking = draw(st.frozensets(st.sampled_from(ids), max_size=2))
    ties = draw(st.dictionaries(st.sampled_from(ids), st.frozensets(st.sampled_from(ids), max_size=2), max_size=4))
    places = [node.id for node in nodes if node.kind is not UnitKind.PANEL]
    return Land(
        Tree({node.id: node for node in nodes}),
        Offices(
            case=frozenset(ids) - lacking,
            oversight=draw(some) | {county.id},
            custody=draw(some) | {county.id},
            ties={unit: tied - {unit} for unit, tied in ties.items()},
        ),
        draw(st.sampled_from(places)),
        draw(st.sampled_from(Concerns)),
    )


@settings(max_examples=800, deadline=None)
@given(land=lands())
def test_invariant_3_no_touched_unit_and_nothing_below_it_is_ever_on_the_route(land: Land) -> None:
    way = land.route
    if way is None:
        return
    for node in (way.handler, way.overseer, way.custodian):
        if node is not None:
            assert node.id not in land.touched
            assert not land.tainted(node.id)
            assert node.kind in {UnitKind.SUPERIOR, UnitKind.COUNTY, UnitKind.TOWNSHIP}
    assert way.handler not in way.kept_from
    assert way.overseer not in way.kept_from
    assert way.custodian not in way.kept_from
    assert len({node.id for node in way.kept_from}) == len(way.kept_from)
    # Who reads "they will not see it" reads it of every unit on his own way that was touched.
    mine = {node.id for node in land.chain(land.place)} & land.touched
    assert mine <= {node.id for node in way.kept_from}


@settings(max_examples=800, deadline=None)
@given(land=lands())
def test_invariant_3_the_handler_is_the_nearest_office_that_qualifies(land: Land) -> None:
    receivers = {UnitKind.SUPERIOR, UnitKind.COUNTY, UnitKind.TOWNSHIP}
    clear = [node for node in land.chain(land.place) if node.kind in receivers and not land.tainted(node.id)]
    handlers = [node for node in clear if node.id in land.offices.case]
    way = land.route
    assert (way is None) == (not handlers)
    if way is None:
        return
    assert way.handler == handlers[0]
    above = [node for node in clear if len(land.chain(node.id)) < len(land.chain(way.handler.id))]
    assert way.overseer == next((node for node in above if node.id in land.offices.oversight), None)
    assert way.custodian == next((n for n in [way.handler, *above] if n.id in land.offices.custody), None)


@settings(max_examples=300, deadline=None)
@given(land=lands())
def test_invariant_3_whom_the_reporter_means_is_touched_whatever_the_place(land: Land) -> None:
    chain, nodes = land.chain(land.place), land.tree.nodes.values()
    townships = [node.id for node in chain if node.kind is UnitKind.TOWNSHIP]
    if land.concerns is Concerns.COUNTY:
        assert land.touched == {node.id for node in nodes if node.kind is UnitKind.COUNTY}
    elif land.concerns is Concerns.VILLAGE:
        assert land.touched == {node.id for node in chain if node.kind is UnitKind.VILLAGE}
    else:
        everywhere = {node.id for node in nodes if node.kind is UnitKind.TOWNSHIP}
        assert land.touched == (set(townships) or everywhere)
        way = land.route
        assert way is None or way.handler.kind is not UnitKind.TOWNSHIP


@settings(max_examples=300, deadline=None)
@given(land=lands())
def test_invariant_3_a_panel_stands_apart_from_its_touched_parent_but_not_from_its_members(land: Land) -> None:
    panels = [node for node in land.tree.nodes.values() if node.kind is UnitKind.PANEL]
    assume(panels)
    for panel in panels:
        assert may_receive(land.tree, land.offices, panel.id, land.touched) is not land.tainted(panel.id)


@settings(max_examples=300, deadline=None)
@given(land=lands())
@example(land=Land(Tree({}), Offices(frozenset(), frozenset(), frozenset(), {}), UUID(int=1), Concerns.VILLAGE))
def test_a_touched_county_means_the_superior_or_nobody(land: Land) -> None:
    way = route(land.tree, land.offices, land.place, Concerns.COUNTY)
    assert way is None or way.handler.kind is UnitKind.SUPERIOR


# On the real database


@pytest.mark.parametrize("concerns", list(Concerns))
async def test_invariant_3_filing_gives_rows_to_the_clear_units_only(world: World, concerns: Concerns) -> None:
    touched = {
        Concerns.VILLAGE: ["清水村"],
        Concerns.COUNTY: ["云岭县", "石桥镇", "柳河镇", "清水村", "白杨村", "上湾村"],
    }.get(concerns, ["石桥镇", "清水村", "白杨村"])
    before = await counts()
    told = named(telling(world, concerns=concerns))
    if concerns is Concerns.COUNTY:
        assert await find_route(world.units["清水村"].id, concerns) is None
        with pytest.raises(NotOpen):
            await Tip.file(told, channel=Channel.CHAT)
        async with transaction():
            with pytest.raises(NotOpen):
                await Tip.file(told, channel=Channel.CHAT)
        assert await counts() == before
        return
    filed = await Tip.file(told, channel=Channel.CHAT)
    rows = await Access.filter(tip_id=filed.tip_id)
    expected = (
        {("石桥镇", RingPurpose.CASE), ("云岭县", RingPurpose.OVERSIGHT)}
        if concerns is Concerns.VILLAGE
        else {("云岭县", RingPurpose.CASE)}
    )
    names = {unit.id: name for name, unit in world.units.items()}
    assert {(names[row.unit_id], row.purpose) for row in rows} == expected
    forbidden = {world.units[name].id for name in touched}
    assert not forbidden & {row.unit_id for row in rows}
    assert not await Event.filter(tip_id=filed.tip_id, unit_id__in=forbidden).exists()
    assert filed.handler.name == "石桥镇" if concerns is Concerns.VILLAGE else filed.handler.name == "云岭县"
    kept = [node.name for node in filed.kept_from]
    assert kept == (["清水村"] if concerns is Concerns.VILLAGE else ["清水村", "石桥镇"])


@pytest.mark.parametrize("concerns", [Concerns.UNSURE, Concerns.NOT_TOWNSHIP])
async def test_not_sure_and_not_the_township_keep_it_from_the_township_from_every_place(
    world: World, concerns: Concerns
) -> None:
    for place, kept in (("上湾村", ["上湾村", "柳河镇"]), ("柳河镇", ["柳河镇"]), ("云岭县", [])):
        filed = await world.file_tip(village=place, concerns=concerns)
        assert filed.handler.name == "云岭县"
        assert [node.name for node in filed.kept_from] == kept
        assert not await Access.filter(tip_id=filed.tip_id, unit__kind=UnitKind.TOWNSHIP).exists()


async def test_a_member_who_belongs_to_the_touched_village_sends_it_to_the_county(world: World) -> None:
    village = world.units["清水村"]
    async with transaction():
        await Staff.filter(login="shouli").update(belongs_to=[village.id.hex])
        await County.tree_changed()
    assert (await world.file_tip()).handler.name == "云岭县"
    assert (await world.file_tip(village="白杨村")).handler.name == "石桥镇"
    async with transaction():  # inactive members count no more
        await Staff.filter(login="shouli").update(active=False)
        await County.tree_changed()
    assert (await world.file_tip()).handler.name == "石桥镇"


async def test_an_appointed_member_counts_at_once_however_warm_the_cache(world: World) -> None:
    assert (await world.file_tip()).handler.name == "石桥镇"
    village = world.units["清水村"]
    await world.enrol("xinlai", unit="石桥镇", role=Role.HANDLER)
    async with transaction():  # tied before he holds anything: nobody's route changes yet
        await Staff.filter(login="xinlai").update(belongs_to=[village.id.hex])
    assert (await world.file_tip()).handler.name == "石桥镇"
    assert village.id not in (await offices()).ties.get(world.units["石桥镇"].id, frozenset())
    await world.appoint("xinlai", by="shuji")
    assert village.id in (await offices()).ties[world.units["石桥镇"].id]
    assert (await world.file_tip()).handler.name == "云岭县"


async def test_a_newly_opened_unit_takes_the_next_tip_and_the_one_before_stays_where_it_is(world: World) -> None:
    county = world.units["云岭县"]
    town = await Unit.found(parent=county, kind=UnitKind.TOWNSHIP, name="高坪乡")
    village = await Unit.found(parent=town, kind=UnitKind.VILLAGE, name="云顶村")
    world.units |= {"高坪乡": town, "云顶村": village}
    told = telling(world, village="云顶村")
    before = await Tip.file(told, channel=Channel.CHAT)
    assert before.handler.name == "云岭县"
    head = await world.enrol("gaoshuji", unit="高坪乡", role=Role.SECRETARY)
    await open_unit(town, head=head, fingerprint=head.fingerprint(), by_id=None)
    assert (await world.file_tip(village="云顶村")).handler.name == "高坪乡"
    again = await Tip.file(told, channel=Channel.CHAT)
    assert (again.tip_id, again.handler.name) == (before.tip_id, "云岭县")


async def test_the_receipt_shown_again_never_says_that_a_unit_with_a_row_cannot_see_it(world: World) -> None:
    told = telling(world)
    first = await Tip.file(told, channel=Channel.CHAT)
    assert first.handler.name == "石桥镇"
    async with transaction():  # later a member turns out to belong there: new tips go past the township
        await Staff.filter(login="shouli").update(belongs_to=[world.units["清水村"].id.hex])
        await County.tree_changed()
    again = await Tip.file(told, channel=Channel.CHAT)
    assert again.handler.name == "石桥镇"
    assert [node.name for node in again.kept_from] == ["清水村"]


async def test_a_second_version_of_a_ring_is_the_one_that_filing_uses(world: World) -> None:
    from models import directory
    from models.sealing import new_secret, public_of

    old = await Ring.get(unit_id=world.units["石桥镇"].id, purpose=RingPurpose.CASE)
    public = public_of(secret := new_secret())
    async with transaction():
        new = await Ring.create(
            unit_id=old.unit_id,
            purpose=old.purpose,
            version=2,
            public=public,
            mac=directory.attest(old.unit_id, old.purpose, 2, public),
            for_recovery=old.for_recovery,
        )
        await Grant.give(new, secret, to=world.staff["shouli"])
    filed = await world.file_tip()
    row = await Access.get(tip_id=filed.tip_id, purpose=RingPurpose.CASE)
    assert row.ring_id == new.id
    assert (await row.open_tip(await world.actor("shouli"))) is not None


async def test_the_tree_is_one_version_for_all_who_ask(world: World) -> None:
    first = await tree()
    assert await tree() is first
    async with transaction():
        await County.tree_changed()
    assert await tree() is not first
