"""Founding a county: what `init` writes, all of it or nothing, so that a failed init can simply be repeated."""

from dataclasses import dataclass, field

from models.county import County
from models.db import transaction
from models.staff import Invite
from models.terms import Role, UnitKind
from models.unit import Unit

FIRST_ROLES = (Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDIT_ADMIN, Role.SECRETARY, Role.CUSTODIAN)
"""Whom init invites: the three administrators, the head of the root unit, and who keeps its identities."""


@dataclass(frozen=True, slots=True)
class Office:
    """A unit as its founder describes it. `reach` is what residents may be told."""

    name: str
    office: str = ""
    reach: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Founded:
    """The root unit, without rings yet, and the invitations, which are shown once."""

    root: Unit
    invites: dict[Role, str] = field(repr=False)


async def found_county(
    root: Office, *, superior: Office | None, recovery_public: bytes, backup_public: bytes
) -> Founded:
    """Establish the county, its root unit beneath the superior organ, and its first invitations.

    Conflict when the database holds a county already.
    """
    async with transaction():
        await County.establish(name=root.name, recovery_public=recovery_public, backup_public=backup_public)
        above = await _found(superior, UnitKind.SUPERIOR, parent=None) if superior else None
        county = await _found(root, UnitKind.COUNTY, parent=above)
        invites = {role: await Invite.issue(unit_id=county.id, role=role, by=None) for role in FIRST_ROLES}
    return Founded(county, invites)


async def _found(office: Office, kind: UnitKind, *, parent: Unit | None) -> Unit:
    return await Unit.found(parent=parent, kind=kind, name=office.name, office=office.office, reach=dict(office.reach))
