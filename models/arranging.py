"""Moving and renaming units. Neither touches a key or an Access row: only new tips take another way."""

from typing import Final
from uuid import UUID

from models.actor import Actor
from models.audit import Act, Audit
from models.county import County
from models.db import transaction
from models.errors import Invalid, NotFound
from models.policy import Action, require
from models.structure import KINDS_UNDER, LONGEST_NAME
from models.terms import UnitKind
from models.text import clean
from models.unit import Unit

MOVABLE: Final = frozenset({UnitKind.ZONE, UnitKind.TOWNSHIP, UnitKind.VILLAGE, UnitKind.STATION})
OLD_NAMES: Final = 12


async def move_unit(actor: Actor, unit_id: UUID, *, under: UUID) -> None:
    """Put a unit under another one, such as a township under another zone. Invalid where it does not fit."""
    require(actor, Action.ARRANGE_UNITS)
    unit, parent = await _unit(unit_id), await _unit(under)
    if unit.kind not in MOVABLE or unit.kind not in KINDS_UNDER[parent.kind] or parent.id == unit.id:
        raise Invalid("unit.cannot_move")
    async with transaction():
        if await Unit.filter(parent_id=parent.id, name=unit.name).exclude(id=unit.id).exists():
            raise Invalid("unit.name_taken")
        order = await Unit.filter(parent_id=parent.id).count()
        await Unit.filter(id=unit.id).update(parent_id=parent.id, order=order)
        await County.tree_changed()
        detail = {"from": unit.parent_id.hex if unit.parent_id else "", "to": parent.id.hex}
        await Audit.record(Act.UNIT_MOVED, unit_id=actor.unit_id, actor_id=actor.id, object_id=unit.id, detail=detail)


async def rename_unit(actor: Actor, unit_id: UUID, *, name: str, office: str = "") -> None:
    """Give a unit a new name; the old one is still found when somebody types it."""
    require(actor, Action.ARRANGE_UNITS)
    name, office, unit = clean(name), clean(office), await _unit(unit_id)
    if not 1 <= len(name) <= LONGEST_NAME or len(office) > LONGEST_NAME:
        raise Invalid("unit.name_bad")
    former = [old for old in unit.old_names if old != name]
    if unit.name != name:
        former = [*(old for old in former if old != unit.name), unit.name][-OLD_NAMES:]
    async with transaction():
        if await Unit.filter(parent_id=unit.parent_id, name=name).exclude(id=unit.id).exists():
            raise Invalid("unit.name_taken")
        await Unit.filter(id=unit.id).update(name=name, office=office or name, old_names=former)
        await County.tree_changed()
        await Audit.record(Act.UNIT_RENAMED, unit_id=actor.unit_id, actor_id=actor.id, object_id=unit.id)


async def _unit(unit_id: UUID) -> Unit:
    unit = await Unit.get_or_none(id=unit_id)
    if unit is None:
        raise NotFound
    return unit
