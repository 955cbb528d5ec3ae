"""Units: the county, its zones, townships, villages and stations, as one tree."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from tortoise import fields
from tortoise.models import Model

from models.county import County
from models.db import IdField, transaction
from models.terms import UnitKind
from models.text import folded


class Unit(Model):
    """One unit. `reach` holds what residents may be told: landline, address, hours, hotline."""

    id = IdField()
    parent: fields.ForeignKeyNullableRelation["Unit"] = fields.ForeignKeyField(
        "models.Unit", related_name="children", null=True, on_delete=fields.RESTRICT
    )
    parent_id: UUID | None
    kind = fields.CharEnumField(UnitKind, max_length=16)
    name = fields.CharField(max_length=64)
    office = fields.CharField(max_length=64, default="")  # 石桥镇纪委: how the unit signs
    old_names: list[str] = fields.JSONField(default=list)
    reach: dict[str, str] = fields.JSONField(default=dict)
    order = fields.IntField(default=0)

    class Meta:
        table = "unit"
        indexes = (("parent_id",),)

    @classmethod
    async def found(
        cls,
        *,
        parent: "Unit | None",
        kind: UnitKind,
        name: str,
        office: str = "",
        old_names: tuple[str, ...] = (),
        reach: dict[str, str] | None = None,
    ) -> "Unit":
        """Create the unit's place in the tree. It has no rings yet, so tips pass it by (see ring.open_unit)."""
        async with transaction():
            order = await cls.filter(parent_id=parent.id if parent else None).count()
            unit = await cls.create(
                parent_id=parent.id if parent else None,
                kind=kind,
                name=name,
                office=office or name,
                old_names=list(old_names),
                reach=reach or {},
                order=order,
            )
            await County.tree_changed()
            return unit


@dataclass(frozen=True, slots=True)
class Node:
    """A unit as routing and menus see it: plain data, no database behind it."""

    id: UUID
    parent_id: UUID | None
    kind: UnitKind
    name: str
    office: str
    reach: dict[str, str]
    keys: frozenset[str] = frozenset()  # every way to type the name


@dataclass(slots=True, eq=False)
class Tree:
    """All units in memory. A county has a thousand at most; loading is one query."""

    nodes: dict[UUID, Node]
    version: int = 0
    _children: dict[UUID | None, list[Node]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for node in self.nodes.values():
            self._children.setdefault(node.parent_id, []).append(node)

    def __getitem__(self, unit_id: UUID) -> Node:
        return self.nodes[unit_id]

    def get(self, unit_id: UUID | None) -> Node | None:
        """The node, or None when there is no such unit."""
        return self.nodes.get(unit_id) if unit_id else None

    def children(self, unit_id: UUID | None) -> list[Node]:
        """Direct children in their order."""
        return self._children.get(unit_id, [])

    def upward(self, unit_id: UUID) -> Iterator[Node]:
        """The unit itself, then its ancestors up to the root."""
        node = self.nodes.get(unit_id)
        while node:
            yield node
            node = self.nodes.get(node.parent_id) if node.parent_id else None

    def under(self, unit_id: UUID, ancestor_id: UUID) -> bool:
        """Whether the unit is the ancestor or lies below it."""
        return any(node.id == ancestor_id for node in self.upward(unit_id))

    def below(self, unit_id: UUID) -> list[UUID]:
        """The unit and everything under it."""
        return [node.id for node in self.nodes.values() if self.under(node.id, unit_id)]

    def nearest(self, unit_id: UUID, kind: UnitKind) -> Node | None:
        """The first unit of that kind from here upward."""
        return next((node for node in self.upward(unit_id) if node.kind is kind), None)

    def county(self) -> Node | None:
        """The county's own commission."""
        return next((node for node in self.nodes.values() if node.kind is UnitKind.COUNTY), None)

    def superior(self) -> Node | None:
        """The organ above the county, for addresses and, if it has rings, for tips."""
        return next((node for node in self.nodes.values() if node.kind is UnitKind.SUPERIOR), None)

    def of_kind(self, kind: UnitKind) -> list[Node]:
        """Every unit of that kind."""
        return [node for node in self.nodes.values() if node.kind is kind]

    def search(self, text: str, *, limit: int = 8) -> list[Node]:
        """Villages, then townships, whose name, old name, pinyin or initials match what was typed."""
        wanted = folded(text)
        if not wanted:
            return []
        scored = [
            (rank, node.kind is not UnitKind.VILLAGE, node.name, node)
            for node in self.nodes.values()
            if node.kind in {UnitKind.VILLAGE, UnitKind.TOWNSHIP} and (rank := _rank(wanted, node)) is not None
        ]
        return [node for *_, node in sorted(scored, key=lambda row: row[:3])[:limit]]


def _rank(wanted: str, node: Node) -> int | None:
    """0 exact, 1 begins with, 2 contains or is contained; None when nothing matches."""
    if wanted in node.keys:
        return 0
    if any(key.startswith(wanted) for key in node.keys):
        return 1
    if any(wanted in key or (len(key) > 1 and not key.isascii() and key in wanted) for key in node.keys):
        return 2
    return None


def spellings(name: str, old_names: list[str]) -> frozenset[str]:
    """Every form in which people type a place: with and without 村 or 镇, old names, pinyin, initials."""
    from pypinyin import Style, lazy_pinyin

    forms: set[str] = set()
    for full in (name, *old_names):
        for form in {full, full.rstrip("村镇乡社区") or full}:
            forms |= {
                folded(form),
                "".join(lazy_pinyin(form)),
                "".join(lazy_pinyin(form, style=Style.FIRST_LETTER)),
            }
    return frozenset(forms)


_cache: dict[str, Tree] = {}
_steady: ContextVar[Tree | None] = ContextVar("steady_tree", default=None)


async def tree() -> Tree:
    """The present tree; read again only when an administrator has changed it."""
    if steady := _steady.get():
        return steady
    county_id, version = await County.tree_version()
    kept = _cache.get(county_id)
    if kept is None or kept.version != version:
        kept = Tree(nodes={row["id"]: _node(row) for row in await _rows()}, version=version)
        _cache.clear()
        _cache[county_id] = kept
    return kept


@asynccontextmanager
async def steady_tree() -> AsyncIterator[None]:
    """Within, the tree is asked for once: for a group of steps, none of which changes it."""
    token = _steady.set(await tree())
    try:
        yield
    finally:
        _steady.reset(token)


async def _rows() -> list[dict[str, Any]]:
    columns = ("id", "parent_id", "kind", "name", "office", "reach", "old_names")
    return await Unit.all().order_by("order", "name").values(*columns)


def _node(row: dict[str, Any]) -> Node:
    old_names = row.pop("old_names")
    return Node(**row, keys=spellings(row["name"], old_names))
