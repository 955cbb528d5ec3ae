"""Finding a village by any name that people type."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.terms import UnitKind
from models.unit import Node, Tree, Unit, spellings, tree
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


@pytest.fixture(scope="module")
def county() -> Tree:
    nodes = [
        Node(UUID(int=n + 1), None, kind, name, name, {}, spellings(name, old))
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


def test_villages_come_before_townships_and_no_list_is_long(county: Tree) -> None:
    assert [node.name for node in county.search("石桥")] == ["石桥村", "石桥镇"]
    assert len(county.search("村", limit=3)) == 3
    assert {node.kind for node in county.search("s", limit=99)} <= {UnitKind.VILLAGE, UnitKind.TOWNSHIP}


@given(typed=st.text(max_size=30))
def test_no_input_breaks_the_search(typed: str) -> None:
    nodes = [Node(UUID(int=1), None, UnitKind.VILLAGE, "清水村", "", {}, spellings("清水村", []))]
    assert len(Tree({nodes[0].id: nodes[0]}).search(typed)) <= 1


@given(name=st.text(min_size=1, max_size=12), old=st.lists(st.text(min_size=1, max_size=12), max_size=2))
def test_every_name_finds_itself(name: str, old: list[str]) -> None:
    node = Node(UUID(int=1), None, UnitKind.VILLAGE, name, "", {}, spellings(name, old))
    for typed in (name, *old):
        if typed.split():
            assert Tree({node.id: node}).search(typed) == [node]


async def test_a_new_village_is_found_at_once(world: World) -> None:
    assert (await tree()).search("新民") == []
    await Unit.found(parent=world.units["柳河镇"], kind=UnitKind.VILLAGE, name="新民村", old_names=("三队",))
    assert [node.name for node in (await tree()).search("三队")] == ["新民村"]
    assert [node.name for node in (await tree()).search("sandui")] == ["新民村"]
