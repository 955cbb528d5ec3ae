"""What waits for the three administrators. Each count is of people, units and lines: never of matters."""

from collections.abc import Awaitable, Callable
from datetime import datetime, time
from enum import StrEnum
from typing import Final

from models import clock
from models.actor import Actor
from models.audit import Act, Audit
from models.offices import offices
from models.orphans import orphans
from models.pending import count_waiting
from models.policy import scope
from models.ring import Grant, head_role, purposes_for
from models.staff import Staff
from models.structure import open_invites
from models.terms import RECEIVERS, Role, UnitKind
from models.unit import tree


class Duty(StrEnum):
    """What an administrator looks after. Each is a catalog key `people.duty.<value>`."""

    UNOPENED = "unopened"  # offices that take no tips yet
    HEADLESS = "headless"  # of these, those whose head has not even enrolled
    DECISIONS = "decisions"
    INVITES = "invites"
    KEYLESS = "keyless"  # members who still wait for keys
    ORPHANS = "orphans"  # keys nobody holds any more
    LINES = "lines"  # of the audit trail, today
    REFUSED = "refused"  # log-ins refused today


async def duties(actor: Actor) -> dict[Duty, int]:
    """The counts for this administrator; nothing for whoever is none."""
    count = _OF.get(actor.role)
    return await count(actor) if count else {}


async def _of_structure(_actor: Actor) -> dict[Duty, int]:
    units, having = await tree(), (await offices()).case
    closed = [node for node in units.nodes.values() if node.kind in RECEIVERS and node.id not in having]
    closed = [node for node in closed if node.kind is not UnitKind.SUPERIOR]  # addresses only, as a rule
    heads = {(row.unit_id, row.role) for row in await Staff.filter(active=True)}
    headless = [node for node in closed if (node.id, head_role(node.kind)) not in heads]
    return {Duty.UNOPENED: len(closed), Duty.HEADLESS: len(headless)}


async def _of_people(actor: Actor) -> dict[Duty, int]:
    units = await tree()
    holders = set(await Grant.all().values_list("staff_id", flat=True))
    members = [one for one in await scope(actor, Staff).filter(active=True) if one.unit_id in units.nodes]
    due = [one for one in members if purposes_for(one.role, units[one.unit_id].kind)]
    return {
        Duty.DECISIONS: await count_waiting(actor),
        Duty.ORPHANS: len(await orphans(actor)),
        Duty.KEYLESS: sum(one.id not in holders for one in due),
        Duty.INVITES: len(await open_invites(actor)),
    }


async def _of_trail(actor: Actor) -> dict[Duty, int]:
    since = datetime.combine(clock.today(), time(), clock.SHANGHAI)
    lines = scope(actor, Audit).filter(at__gte=since)
    return {Duty.REFUSED: await lines.filter(act=Act.LOGIN_REFUSED).count(), Duty.LINES: await lines.count()}


_OF: Final[dict[Role, Callable[[Actor], Awaitable[dict[Duty, int]]]]] = {
    Role.SYSTEM_ADMIN: _of_structure,
    Role.SECURITY_ADMIN: _of_people,
    Role.AUDIT_ADMIN: _of_trail,
}
