"""What administrators build: units in the tree, and invitations into them. Neither gives anybody a key."""

from typing import Final
from uuid import UUID

from models.actor import Actor
from models.audit import Act, Audit
from models.db import transaction
from models.errors import Invalid
from models.policy import Action, require
from models.staff import Invite
from models.terms import ADMINISTRATORS, Role, UnitKind
from models.text import clean
from models.unit import Unit, tree

LONGEST_NAME: Final = 64

KINDS_UNDER: Final[dict[UnitKind, tuple[UnitKind, ...]]] = {
    UnitKind.SUPERIOR: (),
    UnitKind.COUNTY: (UnitKind.TOWNSHIP, UnitKind.ZONE, UnitKind.PANEL),
    UnitKind.ZONE: (UnitKind.TOWNSHIP,),
    UnitKind.TOWNSHIP: (UnitKind.VILLAGE, UnitKind.STATION, UnitKind.PANEL),
    UnitKind.PANEL: (),
    UnitKind.VILLAGE: (UnitKind.STATION,),
    UnitKind.STATION: (),
}
"""What may lie directly under a unit."""

_OFFICE: Final = (Role.REGISTRAR, Role.HANDLER, Role.DEPUTY, Role.SECRETARY, Role.CUSTODIAN)
ROLES_IN: Final[dict[UnitKind, tuple[Role, ...]]] = {
    UnitKind.SUPERIOR: _OFFICE,
    UnitKind.COUNTY: (*_OFFICE, Role.COUNTY_REVIEWER, *sorted(ADMINISTRATORS)),
    UnitKind.ZONE: (Role.ZONE_HEAD,),
    UnitKind.TOWNSHIP: _OFFICE,
    UnitKind.PANEL: _OFFICE,
    UnitKind.VILLAGE: (),
    UnitKind.STATION: (),
}
"""Who works where. Villages and stations have no desk."""


async def found_unit(
    actor: Actor, *, parent_id: UUID, kind: UnitKind, name: str, office: str = "", old_names: str = ""
) -> Unit:
    """Give a new unit its place. `old_names` are parted by spaces or commas."""
    require(actor, Action.FOUND_UNIT)
    name, office = clean(name), clean(office)
    parent = await Unit.get_or_none(id=parent_id)
    if parent is None or kind not in KINDS_UNDER[parent.kind]:
        raise Invalid("unit.wrong_parent")
    if not 1 <= len(name) <= LONGEST_NAME or len(office) > LONGEST_NAME:
        raise Invalid("unit.name_bad")
    former = tuple(clean(old_names).replace("，", " ").replace("、", " ").replace(",", " ").split())
    async with transaction():
        if await Unit.exists(parent_id=parent_id, name=name):
            raise Invalid("unit.name_taken")
        unit = await Unit.found(parent=parent, kind=kind, name=name, office=office, old_names=former)
        await Audit.record(Act.UNIT_FOUNDED, unit_id=actor.unit_id, actor_id=actor.id, object_id=unit.id)
    return unit


async def invite(actor: Actor, *, unit_id: UUID, role: Role) -> str:
    """Invite somebody into a unit and a role; answers the code, which is shown once."""
    require(actor, Action.INVITE)
    unit = (await tree()).get(unit_id)
    if unit is None or role not in ROLES_IN[unit.kind]:
        raise Invalid("unit.role_not_here")
    return await Invite.issue(unit_id=unit_id, role=role, by=actor.id)
