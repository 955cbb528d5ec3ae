"""Units: the county, its zones, townships, villages and stations, as one tree."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from tortoise import fields
from tortoise.models import Model
from tortoise.queryset import QuerySet

from models.county import County
from models.db import IdField, transaction
from models.finding import UNNAMED, Spellings, find, spellings
from models.terms import UnitKind, UnitState


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
    state = fields.CharEnumField(UnitState, max_length=12, default=UnitState.SERVING, db_default="serving")

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
        parent_id = parent.id if parent else None
        async with transaction():
            order = await cls.filter(parent_id=parent_id).count()
            told = {"office": office or name, "old_names": list(old_names), "reach": reach or {}, "order": order}
            unit = await cls.filter(parent_id=parent_id, name=name, kind=kind, state=UnitState.WITHDRAWN).first()
            unit = unit or cls(parent_id=parent_id, kind=kind, name=name)
            await unit.update_from_dict({**told, "state": UnitState.SERVING}).save()
            await County.tree_changed()
            return unit

    @classmethod
    def named(cls, parent_id: UUID | None, name: str) -> QuerySet["Unit"]:
        """Whoever has this name under this parent. A place that an import withdrew has left its name free."""
        return cls.filter(parent_id=parent_id, name=name).exclude(state=UnitState.WITHDRAWN)


@dataclass(frozen=True, slots=True)
class Node:
    """A unit as routing and menus see it: plain data, no database behind it."""

    id: UUID
    parent_id: UUID | None
    kind: UnitKind
    name: str
    office: str
    reach: dict[str, str]
    spellings: Spellings = UNNAMED  # every way to type the name
    state: UnitState = UnitState.SERVING

    @property
    def serves(self) -> bool:
        """Whether it is still offered. A place that is not keeps its tips."""
        return self.state is UnitState.SERVING


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
        """Direct children that serve, in their order."""
        return [node for node in self._children.get(unit_id, []) if node.serves]

    def retired_under(self, unit_id: UUID | None) -> list[Node]:
        """Direct children that are no longer offered."""
        return [node for node in self._children.get(unit_id, []) if node.state is UnitState.RETIRED]

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
        """Every unit of that kind that serves."""
        return [node for node in self.nodes.values() if node.kind is kind and node.serves]

    def search(self, text: str, *, limit: int = 8) -> list[Node]:
        """Villages, then townships, by whatever people type; see models/finding.py."""
        return find(text, (node for node in self.nodes.values() if node.serves))[:limit]

    def village_of(self, station_id: UUID | None) -> Node | None:
        """The village a station's poster stands for; None once it is no longer offered."""
        village = self.nearest(station_id, UnitKind.VILLAGE) if station_id else None
        return village if village and village.serves else None


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
    columns = ("id", "parent_id", "kind", "name", "office", "reach", "old_names", "state")
    return await Unit.all().order_by("order", "name").values(*columns)


def _node(row: dict[str, Any]) -> Node:
    old_names = row.pop("old_names")
    return Node(**row, spellings=spellings(row["name"], tuple(old_names)))
