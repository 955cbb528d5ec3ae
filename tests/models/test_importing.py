"""Importing villages, stations and officers: planned, carried out once, taken back whole."""

from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models import importing
from models.actor import Actor
from models.audit import Act, Audit
from models.county import County
from models.db import transaction
from models.errors import Conflict, Forbidden, Invalid, NotFound
from models.finding import spellings
from models.import_plan import Column, Judgement, Line, LineKind, Present, plan
from models.import_undo import kept, slips, undo, waiting_by_township
from models.importing import Import, ImportRow, ImportState, prepare, start, sweep, work
from models.officer import Officer, OfficerChat
from models.staff import Staff
from models.structure import found_unit
from models.terms import UnitKind, UnitState
from models.tip import Tip
from models.unit import Node, Tree, Unit, tree
from tests.world import World

T, V, O, S, N = Column.TOWNSHIP, Column.VILLAGE, Column.OLD_NAMES, Column.STATION, Column.OFFICER  # noqa: E741


def line(number: int, /, problem: str = "", **cells: str) -> Line:
    told = {Column(name): text for name, text in cells.items()}
    kind = LineKind.OFFICER if N in told else LineKind.STATION if S in told else LineKind.VILLAGE
    return Line(kind, "Sheet1", number, told, problem)


GOOD = [
    line(2, township="石桥镇", village="新民村", old_names="三队、老屋场"),
    line(3, township="石桥镇", village="清水村", old_names="清水沟"),
    line(4, township="柳河镇", village="下湾村"),
    line(5, township="石桥镇", village="新民村", station="新民村联络站", landline="0000-1230001", hours="周一上午"),
    line(6, township="柳河镇", station="柳河镇联络站"),
    line(7, township="石桥镇", village="新民村", station="新民村联络站", officer="郝联络"),
    line(8, township="石桥镇", village="新民村", officer="温联络"),
    line(9, township="柳河镇", village="上湾村", officer="范联络"),
    line(10, township="柳河镇", village="", station="柳河镇联络站", officer="施联络"),
]


async def run(actor: Actor, lines: list[Line]) -> Import:
    """Through preview, 导入 and the job."""
    made = await start(actor, (await prepare(actor, file="名单.xlsx", lines=lines)).id)
    await work()
    return await importing.find(actor, made.id)


async def seen() -> set[tuple[object, ...]]:
    """The county as anybody sees it."""
    nodes = (await tree()).nodes.values()
    old = {unit.id: tuple(unit.old_names) for unit in await Unit.all()}
    return {
        (node.id, node.parent_id, node.kind, node.name, node.office, old[node.id], *sorted(node.reach.items()))
        for node in nodes
        if node.serves
    }


async def officers() -> set[tuple[str, str]]:
    return {(one.station.name, one.name) for one in await Officer.filter(ended_on=None).select_related("station")}


async def test_villages_stations_and_officers_of_one_file_find_one_another(world: World) -> None:
    actor = await world.actor("xitong")
    done = await run(actor, list(reversed(GOOD)))
    assert (done.state, done.done, done.total, done.share) == (ImportState.DONE, 9, 9, 100)
    units = await tree()
    [village] = units.search("老屋场")
    assert village.name == "新民村"
    assert units.search("清水沟")[0].id == world.units["清水村"].id
    [station] = units.children(village.id)
    assert station.reach == {"landline": "0000-1230001", "hours": "周一上午"}
    assert await officers() == {
        ("新民村联络站", "郝联络"),
        ("新民村联络站", "温联络"),  # the only station of his village
        ("上湾村", "范联络"),
        ("柳河镇联络站", "施联络"),
    }
    assert await Audit.filter(act=Act.UNIT_FOUNDED).count() == 4
    assert await Audit.exists(act=Act.IMPORT_STARTED, object_id=done.id, actor_id=actor.id)


async def test_nothing_of_the_county_changes_before_it_is_started(world: World) -> None:
    actor, before = await world.actor("xitong"), await seen()
    made = await prepare(actor, file="名单.xlsx", lines=GOOD)
    assert await work() == 0
    assert (await seen(), await officers()) == (before, set())
    assert (await importing.rows(actor, made.id)).counts[LineKind.OFFICER, Judgement.NEW] == 4
    await Import.get(id=made.id, state=ImportState.PREVIEW)


async def test_started_twice_it_runs_once_and_the_same_file_again_changes_nothing(world: World) -> None:
    actor = await world.actor("xitong")
    done = await run(actor, GOOD)
    first = await seen(), await officers(), await Officer.all().count(), await Unit.all().count()
    await start(actor, done.id)
    assert await work() == 0
    again = await prepare(actor, file="名单.xlsx", lines=GOOD)
    assert again.total == 0
    assert {row.judgement for row in await ImportRow.filter(import_id=again.id)} == {Judgement.SAME}
    await run(actor, GOOD)
    assert (await seen(), await officers(), await Officer.all().count(), await Unit.all().count()) == first


async def test_two_previews_of_one_file_build_everything_once(world: World) -> None:
    actor = await world.actor("xitong")
    made = [await prepare(actor, file="a.xlsx", lines=GOOD) for _ in range(2)]
    for one in made:
        await start(actor, one.id)
    await work()
    assert [len(await Unit.filter(name=name)) for name in ("新民村", "新民村联络站", "柳河镇联络站")] == [1, 1, 1]
    assert len(await officers()) == await Officer.all().count() == 4
    # The second one built nothing, so taking it back takes nothing.
    before = await seen(), await officers()
    assert (await undo(actor, made[1].id)).gone == 0
    assert (await seen(), await officers()) == before


async def test_undo_returns_the_county_as_it_was(world: World) -> None:
    actor, before = await world.actor("xitong"), await seen()
    done = await run(actor, GOOD)
    told = await undo(actor, done.id)
    assert (told.gone, told.kept) == (9, {})
    assert (await seen(), await officers()) == (before, set())
    assert (await tree()).search("新民村") == []
    assert await Audit.exists(act=Act.IMPORT_UNDONE, object_id=done.id)
    with pytest.raises(Conflict):
        await undo(actor, done.id)
    with pytest.raises(Conflict):
        await start(actor, done.id)
    # Imported once more, the places come back as the same ones.
    again = await run(actor, GOOD)
    assert again.done == 9
    assert await Unit.filter(name="新民村").count() == 1


async def test_what_somebody_has_built_on_stays_and_says_why(world: World) -> None:
    actor = await world.actor("xitong")
    done = await run(actor, GOOD)
    row = await ImportRow.get(import_id=done.id, name="郝联络")
    village = await Unit.get(name="新民村")
    async with transaction():
        await OfficerChat(officer_id=row.object_id, tag=b"t", contact_locked=b"c").save(force_create=True)
        await Unit.filter(name="清水村").update(old_names=["清水沟", "水沟"])
    await found_unit(actor, parent_id=village.id, kind=UnitKind.STATION, name="二组联络站")
    told = await undo(actor, done.id)
    assert told.kept == {"enrolled": 1, "officers": 1, "below": 1, "edited": 1}
    why = {row.name: row.kept for row in await kept(actor, done.id)}
    assert why == {"郝联络": "enrolled", "新民村联络站": "officers", "新民村": "below", "清水村": "edited"}
    assert {node.name for node in (await tree()).of_kind(UnitKind.STATION)} == {"新民村联络站", "二组联络站"}


async def test_a_place_with_a_tip_is_taken_back_like_any_other_and_the_tip_keeps_it(world: World) -> None:
    """Otherwise undo would tell an administrator where a tip was told of."""
    actor = await world.actor("xitong")
    done = await run(actor, GOOD)
    world.units["新民村"] = await Unit.get(name="新民村")
    filed = await world.file_tip(village="新民村")
    told = await undo(actor, done.id)
    assert (told.gone, told.kept) == (9, {})
    place = (await tree())[(await Tip.get(id=filed.tip_id)).place_id]
    assert (place.name, place.state) == ("新民村", UnitState.WITHDRAWN)


class Killed(BaseException):
    """As by kill -9."""


@pytest.mark.parametrize("after", range(4))
async def test_killed_between_or_within_batches_it_goes_on_or_is_taken_back(
    world: World, monkeypatch: pytest.MonkeyPatch, after: int
) -> None:
    actor, before = await world.actor("xitong"), await seen()
    monkeypatch.setattr(importing, "BATCH", 2)
    made = await start(actor, (await prepare(actor, file="a.xlsx", lines=GOOD)).id)
    count, real = 0, importing._on_behalf_of

    async def dying(staff_id: UUID) -> Actor:
        nonlocal count
        count += 1
        if count > after:
            raise Killed
        return await real(staff_id)

    monkeypatch.setattr(importing, "_on_behalf_of", dying)
    with pytest.raises(Killed):
        await work()
    halfway = await importing.find(actor, made.id)
    applied = await ImportRow.filter(import_id=made.id, applied=True).count()
    assert (halfway.state, halfway.done) == (ImportState.RUNNING, applied)
    monkeypatch.setattr(importing, "_on_behalf_of", real)
    if after % 2:
        await undo(actor, made.id)
        assert await work() == 0
        assert (await seen(), await officers()) == (before, set())
    else:
        await work()
        assert len(await officers()) == 4
        assert await Unit.filter(name="新民村").count() == 1


async def test_no_job_does_what_its_starter_may_no_longer_do(world: World) -> None:
    actor = await world.actor("xitong")
    made = await start(actor, (await prepare(actor, file="a.xlsx", lines=GOOD)).id)
    async with transaction():
        await Staff.filter(id=actor.id).update(active=False)
    await work()
    stopped = await Import.get(id=made.id)
    assert (stopped.state, stopped.problem, stopped.done) == (ImportState.STOPPED, "error.forbidden", 0)
    other = await world.enrol("xitong2", unit="云岭县", role=actor.role)
    await start(await world.actor(other.login), made.id)
    await work()
    assert (await Import.get(id=made.id)).state is ImportState.DONE


async def test_only_the_system_administrator_imports(world: World) -> None:
    made = await prepare(await world.actor("xitong"), file="a.xlsx", lines=GOOD)
    for login in ("anquan", "shenji", "xianshuji", "shuji", "baoguan"):
        other = await world.actor(login)
        for act in (
            prepare(other, file="a", lines=GOOD),
            start(other, made.id),
            undo(other, made.id),
            importing.rows(other, made.id),
            importing.latest(other),
        ):
            with pytest.raises(Forbidden):
                await act
    with pytest.raises(NotFound):
        await start(await world.actor("xitong"), UUID(int=4))
    with pytest.raises(Conflict):
        await undo(await world.actor("xitong"), made.id)


async def test_slips_hold_codes_with_which_the_officers_enrol_and_only_the_last_ones_work(world: World) -> None:
    actor = await world.actor("xitong")
    done = await run(actor, GOOD)
    assert await waiting_by_township(actor, done.id) == {world.units["石桥镇"].id: 2, world.units["柳河镇"].id: 2}
    first = await slips(actor, done.id, world.units["石桥镇"].id)
    made = await slips(actor, done.id, world.units["石桥镇"].id)
    assert {officer.name for officer, _ in made} == {"温联络", "郝联络"}
    with pytest.raises(Invalid):
        await Officer.invited(first[0][1])
    for officer, code in made:
        assert (await Officer.invited(code)).id == officer.id


async def test_previews_go_after_a_day_and_rows_with_names_after_thirty(world: World) -> None:
    actor = await world.actor("xitong")
    await prepare(actor, file="a.xlsx", lines=GOOD)
    done = await run(actor, GOOD)
    assert await sweep() == 0
    world.clock.forward(days=2)
    assert await sweep() == 1
    assert set(await ImportRow.all().values_list("import_id", flat=True)) == {done.id}
    world.clock.forward(days=29)
    assert await sweep() == 1
    assert not await ImportRow.exists()


# The plan


def county() -> Present:
    rows: list[tuple[int, int | None, UnitKind, str, UnitState]] = [
        (1, None, UnitKind.COUNTY, "云岭县", UnitState.SERVING),
        (2, 1, UnitKind.TOWNSHIP, "石桥镇", UnitState.SERVING),
        (3, 1, UnitKind.TOWNSHIP, "双名镇", UnitState.SERVING),
        (4, 1, UnitKind.TOWNSHIP, "双名镇", UnitState.SERVING),
        (5, 2, UnitKind.VILLAGE, "清水村", UnitState.SERVING),
        (6, 2, UnitKind.VILLAGE, "停用村", UnitState.RETIRED),
        (7, 5, UnitKind.STATION, "清水站", UnitState.SERVING),
        (8, 2, UnitKind.STATION, "镇站", UnitState.SERVING),
    ]
    nodes = [
        Node(UUID(int=n), UUID(int=up) if up else None, kind, name, name, {}, spellings(name), state)
        for n, up, kind, name, state in rows
    ]
    serving = frozenset({(UUID(int=7), "郝联络")})
    return Present(Tree({node.id: node for node in nodes}), {UUID(int=5): ["清水沟"]}, serving)


@pytest.mark.parametrize(
    ("wrong", "key"),
    [
        ({"village": "新民村"}, "import.wrong.missing"),
        ({"township": "", "village": "新民村"}, "import.wrong.missing"),
        ({"township": "北山镇", "village": "新民村"}, "import.wrong.township"),
        ({"township": "双名镇", "village": "新民村"}, "import.wrong.township_twice"),
        ({"township": "石桥镇", "village": ""}, "import.wrong.missing"),
        ({"township": "石桥镇", "village": "　"}, "import.wrong.missing"),
        ({"township": "石桥镇", "village": "字" * 65}, "import.wrong.long"),
        ({"township": "石桥镇", "village": "新民村", "old_names": "字" * 65}, "unit.name_bad"),
        ({"township": "石桥镇", "village": "新\x07民村"}, "import.wrong.controls"),
        ({"township": "石桥镇", "village": "新民村\u202e"}, "import.wrong.controls"),
        ({"township": "石桥镇", "village": "清水"}, "import.wrong.alike"),
        ({"township": "石桥镇", "village": "清水沟"}, "import.wrong.alike"),
        ({"township": "石桥镇", "village": "停用村"}, "import.wrong.retired"),
        ({"township": "石桥镇", "village": "镇站"}, "import.wrong.other_kind"),
        ({"township": "石桥镇", "village": "没有村", "station": "站"}, "import.wrong.village"),
        ({"township": "石桥镇", "village": "停用村", "station": "站"}, "import.wrong.village"),
        ({"township": "石桥镇", "village": "清水村", "station": ""}, "import.wrong.missing"),
        ({"township": "石桥镇", "station": "站", "landline": "1" * 33}, "unit.reach_long"),
        ({"township": "石桥镇", "village": "清水村", "station": "别站", "officer": "某人"}, "import.wrong.station"),
        ({"township": "石桥镇", "officer": "某人"}, "import.wrong.missing"),
        ({"township": "石桥镇", "village": "清水村", "officer": " "}, "import.wrong.missing"),
        ({"township": "石桥镇", "village": "清水村", "officer": "字" * 33}, "import.wrong.long"),
        ({"problem": "import.wrong.formula", "township": "石桥镇", "village": "新民村"}, "import.wrong.formula"),
    ],
)
def test_each_wrong_line_says_what_is_wrong_with_it(wrong: dict[str, str], key: str) -> None:
    [planned] = plan([line(2, **wrong)], county())
    assert (planned.judgement, planned.problem["key"]) == (Judgement.WRONG, key)
    assert planned.told == {}


def test_a_second_line_of_the_same_place_names_the_first() -> None:
    lines = [line(n, township=" 石 桥镇", village=name) for n, name in enumerate(("新民村", "新 民村"), 2)]
    lines += [line(n, township="石桥镇", village="清水村", officer="张 三") for n in (8, 9)]
    planned = plan(lines, county())
    assert [one.judgement for one in planned] == [Judgement.NEW, Judgement.WRONG, Judgement.NEW, Judgement.WRONG]
    assert planned[1].problem == {"key": "import.wrong.twice", "params": {"sheet": "Sheet1", "number": 2}}
    assert planned[3].problem["params"]["number"] == 8


def test_empty_cells_change_nothing_and_known_names_are_the_same() -> None:
    lines = [
        line(2, township="石桥镇", village="清水村", old_names=""),
        line(3, township="石桥镇", village="清水村", station="清水站", landline=""),
        line(4, township="石桥镇", village="清水村", officer="郝联络"),
        line(5, township="石桥镇", station="清水站", officer="郝联络 "),
    ]
    assert [one.judgement for one in plan(lines[:3], county())] == [Judgement.SAME] * 3
    assert plan(lines[3:], county())[0].judgement is Judgement.SAME


def test_old_names_are_added_and_never_taken() -> None:
    [planned] = plan([line(2, township="石桥镇", village="清水村", old_names="水沟，清水沟;清水村")], county())
    assert planned.told == {"old_names": ["清水沟", "水沟"]}


PLACES = st.sampled_from(["石桥镇", "柳河镇", "北山镇", ""])
NAMES = st.sampled_from(["清水村", "清水", "新民村", "新民", "上湾村", "联络站", "a", "", "字" * 65, "x\x00"])
LINES = st.lists(
    st.fixed_dictionaries(
        {}, optional={"township": PLACES, "village": NAMES, "station": NAMES, "officer": NAMES, "old_names": NAMES}
    ),
    max_size=12,
)


@given(told=LINES)
def test_a_plan_has_one_judgement_a_line_and_never_two_of_one_place(told: list[dict[str, str]]) -> None:
    planned = plan([line(n, **cells) for n, cells in enumerate(told)], county())
    assert sorted(one.line.number for one in planned) == list(range(len(told)))
    made = [(one.line.kind, one.parent_id, one.name) for one in planned if one.judgement is Judgement.NEW]
    assert len(set(made)) == len(made)
    assert all(bool(one.problem) is (one.judgement is Judgement.WRONG) for one in planned)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(told=LINES)
async def test_importing_twice_changes_nothing_and_undo_returns_the_former_county(
    world: World, told: list[dict[str, str]]
) -> None:
    actor, before = await world.actor("xitong"), (await seen(), await officers())
    lines = [line(n, **cells) for n, cells in enumerate(told, 2)] or [line(2, township="石桥镇", village="新民村")]
    done = await run(actor, lines)
    assert done.state is ImportState.DONE
    once = await seen(), await officers()
    again = await run(actor, lines)
    assert again.total == 0
    assert (await seen(), await officers()) == once
    told_back = await undo(actor, done.id)
    assert told_back.kept == {}
    assert (await seen(), await officers()) == before


async def test_a_row_that_no_longer_fits_is_left_with_its_reason_and_the_others_go_on(world: World) -> None:
    actor = await world.actor("xitong")
    lines = [
        line(2, township="石桥镇", village="清水村", officer="郝联络"),
        line(3, township="柳河镇", village="上湾村", officer="范联络"),
    ]
    first = await prepare(actor, file="a.xlsx", lines=lines)
    async with transaction():
        await Unit.filter(name="清水村").update(state=UnitState.RETIRED)
        await County.tree_changed()
    await start(actor, first.id)
    behind = await prepare(actor, file="b.xlsx", lines=[line(2, township="柳河镇", village="下湾村")])
    await start(actor, behind.id)
    await work()
    assert {one.state for one in await Import.all()} == {ImportState.DONE}
    assert await officers() == {("上湾村", "范联络")}
    left = await ImportRow.get(import_id=first.id, name="郝联络")
    assert (left.object_id, left.problem["key"]) == (None, "import.station_gone")
    assert (await undo(actor, first.id)).gone == 1


async def test_an_import_that_breaks_stops_with_a_sentence_and_those_behind_it_go_on(world: World) -> None:
    actor = await world.actor("xitong")
    broken = await prepare(actor, file="a.xlsx", lines=[line(2, township="石桥镇", village="新民村")])
    await start(actor, broken.id)
    async with transaction():
        await ImportRow.filter(import_id=broken.id).update(told={"order": 1})  # no preview makes such a row
    behind = await prepare(actor, file="b.xlsx", lines=[line(2, township="柳河镇", village="下湾村")])
    await start(actor, behind.id)
    await work()
    broken, behind = await importing.find(actor, broken.id), await importing.find(actor, behind.id)
    assert (broken.state, broken.problem, behind.state) == (ImportState.STOPPED, "import.failed", ImportState.DONE)
    assert await Unit.exists(name="下湾村")
    assert not await Unit.exists(name="新民村")
