"""Moving, editing and retiring units. None of it touches a key or an Access row: only new tips take another way."""

from collections.abc import Mapping
from typing import Final
from uuid import UUID

from models.actor import Actor
from models.audit import Act, Audit
from models.county import County
from models.db import advisory_lock, transaction
from models.errors import Conflict, Invalid, NotFound
from models.officer import Officer
from models.policy import Action, require
from models.structure import KINDS_UNDER, LONGEST_NAME, former_names
from models.terms import UnitKind, UnitState
from models.text import clean
from models.unit import Node, Tree, Unit, tree

MOVABLE: Final = frozenset({UnitKind.ZONE, UnitKind.TOWNSHIP, UnitKind.VILLAGE, UnitKind.STATION})
CLOSABLE: Final = frozenset({UnitKind.VILLAGE, UnitKind.STATION})
"""What may be retired. An office with keys is never closed by a click: its matters need hands."""
OLD_NAMES: Final = 12
REACH: Final[Mapping[str, int]] = {"landline": 32, "address": 100, "hours": 64}
"""What residents are told of an office, and how long each may be."""


async def look_at(actor: Actor, unit_id: UUID) -> Unit:
    """The unit with its old names, for whoever may see the tree."""
    require(actor, Action.LIST_UNITS)
    return await _unit(unit_id)


async def move_unit(actor: Actor, unit_id: UUID, *, under: UUID) -> None:
    """Put a unit under another one, such as a township under another zone. Invalid where it does not fit."""
    require(actor, Action.ARRANGE_UNITS)
    unit, parent = await _unit(unit_id), await _unit(under)
    fits = unit.kind in MOVABLE and unit.kind in KINDS_UNDER[parent.kind] and parent.id != unit.id
    if not fits or parent.state is not UnitState.SERVING:
        raise Invalid("unit.cannot_move")
    async with transaction():
        await advisory_lock("units")
        await _require_free(unit, parent.id, unit.name)
        order = await Unit.filter(parent_id=parent.id).count()
        await Unit.filter(id=unit.id).update(parent_id=parent.id, order=order)
        detail = {"from": unit.parent_id.hex if unit.parent_id else "", "to": parent.id.hex}
        await _record(Act.UNIT_MOVED, actor, unit.id, detail)


async def rename_unit(actor: Actor, unit_id: UUID, *, name: str, office: str = "") -> None:
    """Give a unit a new name; the old one is still found when somebody types it."""
    await edit_unit(actor, unit_id, name=name, office=office)


async def edit_unit(
    actor: Actor,
    unit_id: UUID,
    *,
    name: str,
    office: str = "",
    old_names: str | None = None,
    reach: Mapping[str, str] | None = None,
) -> None:
    """Change what a unit is called and how it is reached. What is None stays. Invalid names what to mend."""
    require(actor, Action.ARRANGE_UNITS)
    name, office, unit = clean(name), clean(office), await _unit(unit_id)
    if not 1 <= len(name) <= LONGEST_NAME or len(office) > LONGEST_NAME:
        raise Invalid("unit.name_bad")
    former = unit.old_names if old_names is None else former_names(old_names)
    if unit.name != name and unit.name not in former:
        former = [*former, unit.name]
    told = {
        "name": name,
        "office": office or name,
        "old_names": [old for old in former if old != name][-OLD_NAMES:],
        "reach": unit.reach if reach is None else {**unit.reach, **checked_reach(reach)},
    }
    async with transaction():
        await advisory_lock("units")
        await _require_free(unit, unit.parent_id, name)
        await Unit.filter(id=unit.id).update(**told)
        await _record(Act.UNIT_RENAMED if name != unit.name else Act.UNIT_EDITED, actor, unit.id)


def checked_reach(reach: Mapping[str, str]) -> dict[str, str]:
    """The parts of a unit's reach, cleaned. Invalid when one is too long; what is none of them is left out."""
    told = {part: clean(reach[part]) for part in REACH if part in reach}
    for part, text in told.items():
        if len(text) > REACH[part]:
            raise Invalid("unit.reach_long", most=REACH[part])
    return told


def may_lie_under(units: Tree, node: Node) -> list[Node]:
    """Where a unit could be moved: units that serve and take its kind, but for where it is."""
    parents = [one for one in units.nodes.values() if one.serves and node.kind in KINDS_UNDER[one.kind]]
    return [one for one in parents if one.id not in {node.id, node.parent_id}] if node.kind in MOVABLE else []


async def retire_unit(actor: Actor, unit_id: UUID) -> None:
    """A village or station is no longer offered, nor the stations below it. Its tips keep it and go on as before.

    Invalid for an office, and while liaison officers serve there.
    """
    require(actor, Action.ARRANGE_UNITS)
    unit = await _unit(unit_id)
    if unit.kind not in CLOSABLE:
        raise Invalid("unit.cannot_retire")
    async with transaction():
        await advisory_lock("units")
        below = (await tree()).below(unit.id)
        if await Officer.exists(station_id__in=below, ended_on=None):
            raise Invalid("unit.has_officers")
        if not await Unit.filter(id__in=below, state=UnitState.SERVING).update(state=UnitState.RETIRED):
            raise Conflict("unit.is_retired")
        await _record(Act.UNIT_RETIRED, actor, unit.id)


async def restore_unit(actor: Actor, unit_id: UUID) -> None:
    """A retired village or station is offered again; what lay below it stays retired until it is asked for."""
    require(actor, Action.ARRANGE_UNITS)
    unit = await _unit(unit_id)
    async with transaction():
        await advisory_lock("units")
        parent = await Unit.get_or_none(id=unit.parent_id)
        if parent is None or parent.state is not UnitState.SERVING:
            raise Invalid("unit.parent_retired")
        await _require_free(unit, unit.parent_id, unit.name)
        retired = Unit.filter(id=unit.id, state=UnitState.RETIRED)
        if not await retired.update(state=UnitState.SERVING):
            raise Conflict("unit.is_serving")
        await _record(Act.UNIT_RESTORED, actor, unit.id)


async def _unit(unit_id: UUID) -> Unit:
    unit = await Unit.filter(id=unit_id).exclude(state=UnitState.WITHDRAWN).first()
    if unit is None:
        raise NotFound
    return unit


async def _require_free(unit: Unit, parent_id: UUID | None, name: str) -> None:
    """No two of one name under one parent."""
    if await Unit.named(parent_id, name).exclude(id=unit.id).exists():
        raise Invalid("unit.name_taken")


async def _record(act: Act, actor: Actor, unit_id: UUID, detail: dict[str, str] | None = None) -> None:
    await County.tree_changed()
    await Audit.record(act, unit_id=actor.unit_id, actor_id=actor.id, object_id=unit_id, detail=detail)
