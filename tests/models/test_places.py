"""Finding a village by any name that people type."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.finding import one_slip, spellings
from models.terms import UnitKind, UnitState
from models.unit import Node, Tree, Unit, tree
from tests.world import World

NAMES: list[tuple[UnitKind, str, list[str]]] = [
    (UnitKind.VILLAGE, "清水村", ["清水沟"]),
    (UnitKind.VILLAGE, "大湾村", ["大湾", "湾子"]),
    (UnitKind.VILLAGE, "红岩社区", ["老街"]),
    (UnitKind.VILLAGE, "杨家坪村", ["杨家大队"]),
    (UnitKind.VILLAGE, "石桥村", []),
    (UnitKind.VILLAGE, "重阳村", []),
    (UnitKind.VILLAGE, "𠮷家村", []),
    (UnitKind.TOWNSHIP, "石桥镇", []),
    (UnitKind.TOWNSHIP, "高坪乡", []),
    (UnitKind.COUNTY, "云岭县", []),
    (UnitKind.STATION, "清水村联络站", []),
    (UnitKind.ZONE, "东片协作区", []),
]

READ_OTHERWISE = ("朝阳村", "曾家村", "单家村", "解家村")


@pytest.fixture(scope="module")
def county() -> Tree:
    nodes = [
        Node(UUID(int=n + 1), None, kind, name, name, {}, spellings(name, tuple(old)))
        for n, (kind, name, old) in enumerate(NAMES)
    ]
    return Tree({node.id: node for node in nodes})


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("清水村", "清水村"),
        ("清水", "清水村"),
        ("清水沟", "清水村"),
        ("qingshui", "清水村"),
        ("QingShuiCun", "清水村"),
        ("qing shui", "清水村"),
        ("qs", "清水村"),
        ("QSC", "清水村"),
        ("ｑｓｃ", "清水村"),
        ("qingsh", "清水村"),
        ("清", "清水村"),
        ("水村", "清水村"),
        (" 清 水 村 ", "清水村"),
        ("我们清水村三组", "清水村"),
        ("老街", "红岩社区"),
        ("laojie", "红岩社区"),
        ("红岩", "红岩社区"),
        ("hysq", "红岩社区"),
        ("湾子", "大湾村"),
        ("杨家大队", "杨家坪村"),
        ("yjdd", "杨家坪村"),
        ("石桥", "石桥村"),
        ("石桥镇", "石桥镇"),
        ("gaoping", "高坪乡"),
        ("𠮷家", "𠮷家村"),
        ("𠮷", "𠮷家村"),
    ],
)
def test_a_place_is_found_by_name_old_name_pinyin_initials_and_parts(county: Tree, typed: str, first: str) -> None:
    assert [node.name for node in county.search(typed)][:1] == [first]


@pytest.mark.parametrize("typed", ["", "  ", "北京", "xyz", "\0", "%", "_", "云岭县", "联络站", "🏠", "a" * 10_000])
def test_what_is_no_village_or_township_finds_none(county: Tree, typed: str) -> None:
    assert county.search(typed) == []


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("石桥镇清水村", "清水村"),  # after its township
        ("石橋鎮清水村", "清水村"),  # the same in traditional characters
        ("石桥清水", "清水村"),
        ("shiqiao qingshui", "清水村"),
        ("SHIQIAOZHEN清水", "清水村"),
        ("ＳＱ", "石桥村"),
        ("石桥高坪", "高坪村"),
        ("高坪高坪", "高坪村 "),  # the namesake in the other township
        ("楊家坪村", "杨家坪村"),  # traditional characters
        ("紅岩社區", "红岩社区"),
        ("重陽", "重阳村"),
        ("大灣", "大湾村"),
        ("清水溝", "清水村"),
        ("情水村", "清水村"),  # it sounds the same
        ("李家庄", "李家村"),  # another ending
        ("李家屯", "李家村"),
        ("王庄", "王庄村"),
        ("红岩村委会", "红岩社区"),
        ("qinshui", "清水村"),  # as a dialect hears it
        ("quingshui", "清水村"),  # one letter too many
        ("qnigshui", "清水村"),  # two in each other's place
        ("yangjiapin", "杨家坪村"),
        ("yanjiaping", "杨家坪村"),
        ("hongyang", "红岩社区"),
        ("chongyang", "重阳村"),
        ("honyanshequ", "红岩社区"),
        ("chaoyang", "朝阳村"),  # a phrase book says zhaoyang
        ("zengjia", "曾家村"),  # names read their characters otherwise
        ("zjc", "曾家村"),
        ("shanjiacun", "单家村"),
        ("danjiacun", "单家村"),
        ("xiejia", "解家村"),
    ],
)
def test_a_place_is_found_after_its_township_by_its_sound_and_despite_a_slip(typed: str, first: str) -> None:
    shiqiao, gaoping = UUID(int=901), UUID(int=902)
    rows = [
        (shiqiao, None, UnitKind.TOWNSHIP, "石桥镇", []),
        (gaoping, None, UnitKind.TOWNSHIP, "高坪乡", []),
        *((UUID(int=n + 1), shiqiao, kind, name, old) for n, (kind, name, old) in enumerate(NAMES[:7])),
        *(
            (UUID(int=n + 50), shiqiao, UnitKind.VILLAGE, name, [])
            for n, name in enumerate(("李家村", "王庄村", "高坪村", *READ_OTHERWISE))
        ),
        (UUID(int=70), gaoping, UnitKind.VILLAGE, "高坪村 ", []),
        (UUID(int=71), gaoping, UnitKind.VILLAGE, "清水村", []),
    ]
    nodes = [Node(id_, up, kind, name, name, {}, spellings(name, tuple(old))) for id_, up, kind, name, old in rows]
    found = Tree({node.id: node for node in nodes}).search(typed)
    assert found[0].name == first
    if "清水" in typed or typed.startswith("石橋"):
        assert found[0].parent_id == shiqiao


@pytest.mark.parametrize(
    ("typed", "meant", "near"),
    [
        ("abcde", "abcde", True),
        ("abde", "abcde", True),
        ("abcde", "abde", True),
        ("abxde", "abcde", True),
        ("abdce", "abcde", True),
        ("abcd", "abcde", True),
        ("abcde", "abcd", True),
        ("abxye", "abcde", False),
        ("bacdx", "abcde", False),
        ("abc", "abcde", False),
    ],
)
def test_one_slip_is_forgiven_and_two_are_not(typed: str, meant: str, near: bool) -> None:
    assert one_slip(typed, meant) is near


def test_what_no_longer_serves_is_not_offered() -> None:
    gone = [Node(UUID(int=n), None, UnitKind.VILLAGE, "清水村", "", {}, spellings("清水村"), state) for n, state in
            enumerate((UnitState.RETIRED, UnitState.WITHDRAWN), 1)]  # fmt: skip
    units = Tree({node.id: node for node in gone})
    assert units.search("清水村") == units.children(None) == units.of_kind(UnitKind.VILLAGE) == []
    assert units.village_of(gone[0].id) is None
    assert units.retired_under(None) == gone[:1]


def test_villages_come_before_townships_and_no_list_is_long(county: Tree) -> None:
    assert [node.name for node in county.search("石桥")] == ["石桥村", "石桥镇"]
    assert len(county.search("村", limit=3)) == 3
    assert {node.kind for node in county.search("s", limit=99)} <= {UnitKind.VILLAGE, UnitKind.TOWNSHIP}


@given(typed=st.text(max_size=30))
def test_no_input_breaks_the_search(typed: str) -> None:
    nodes = [Node(UUID(int=1), None, UnitKind.VILLAGE, "清水村", "", {}, spellings("清水村"))]
    assert len(Tree({nodes[0].id: nodes[0]}).search(typed)) <= 1


@given(name=st.text(min_size=1, max_size=12), old=st.lists(st.text(min_size=1, max_size=12), max_size=2))
def test_every_name_finds_itself(name: str, old: list[str]) -> None:
    node = Node(UUID(int=1), None, UnitKind.VILLAGE, name, "", {}, spellings(name, tuple(old)))
    for typed in (name, *old):
        if typed.split():
            assert Tree({node.id: node}).search(typed) == [node]


async def test_a_new_village_is_found_at_once(world: World) -> None:
    assert (await tree()).search("新民") == []
    await Unit.found(parent=world.units["柳河镇"], kind=UnitKind.VILLAGE, name="新民村", old_names=("三队",))
    assert [node.name for node in (await tree()).search("三队")] == ["新民村"]
    assert [node.name for node in (await tree()).search("sandui")] == ["新民村"]
