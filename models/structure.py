"""What administrators build: units in the tree, and invitations into them. Neither gives anybody a key."""

from typing import Final
from uuid import UUID

from models import clock
from models.actor import Actor
from models.audit import Act, Audit
from models.db import advisory_lock, transaction
from models.errors import Invalid
from models.policy import Action, may, require
from models.staff import Invite
from models.terms import ADMINISTRATORS, Role, UnitKind, UnitState
from models.text import clean
from models.ties import require_tie
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
    if parent is None or parent.state is not UnitState.SERVING or kind not in KINDS_UNDER[parent.kind]:
        raise Invalid("unit.wrong_parent")
    if not 1 <= len(name) <= LONGEST_NAME or len(office) > LONGEST_NAME:
        raise Invalid("unit.name_bad")
    former = tuple(former_names(old_names))
    async with transaction():
        await advisory_lock("units")
        if await Unit.named(parent_id, name).exists():
            raise Invalid("unit.name_taken")
        unit = await Unit.found(parent=parent, kind=kind, name=name, office=office, old_names=former)
        await Audit.record(Act.UNIT_FOUNDED, unit_id=actor.unit_id, actor_id=actor.id, object_id=unit.id)
    return unit


def former_names(typed: str) -> list[str]:
    """Old names as people type them: parted by spaces, commas or line breaks, each once."""
    apart = clean(typed)
    for between in "，、；;,/":
        apart = apart.replace(between, " ")
    names = list(dict.fromkeys(apart.split()))
    if any(len(name) > LONGEST_NAME for name in names):
        raise Invalid("unit.name_bad")
    return names


async def invite(actor: Actor, *, unit_id: UUID, role: Role, ties: frozenset[UUID] = frozenset()) -> str:
    """Invite somebody into a unit and a role; answers the code, which is shown once.

    `ties`: other units he is known to belong to, so that routing heeds them from his first key on.
    """
    require(actor, Action.INVITE)
    units = await tree()
    unit = units.get(unit_id)
    if unit is None or role not in ROLES_IN[unit.kind]:
        raise Invalid("unit.role_not_here")
    for tied in ties:
        require_tie(units, unit_id, tied)
    return await Invite.issue(unit_id=unit_id, role=role, by=actor.id, ties=ties)


async def open_invites(actor: Actor) -> list[Invite]:
    """Invitations nobody has used yet, for whom may invite; the oldest first."""
    if not may(actor, Action.INVITE):
        return []
    return list(await Invite.filter(expires_at__gt=clock.now()).order_by("expires_at"))


async def revoke_invite(actor: Actor, invite_id: UUID) -> None:
    """Void an invitation. One that is gone already is as good as void."""
    require(actor, Action.INVITE)
    async with transaction():
        row = await Invite.get_or_none(id=invite_id)
        if row and await Invite.filter(id=invite_id).delete():
            detail = {"role": row.role}
            await Audit.record(Act.INVITE_REVOKED, unit_id=row.unit_id, actor_id=actor.id, detail=detail)
