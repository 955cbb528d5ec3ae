"""Keys that nobody holds any more, and keys that hang on one person: what an office must know before it is late.

A unit below is opened again by the office above (models/succession.py). For the root's rings and for every
custody only two recovery sheets help: `qingfeng recovery use`.
"""

from collections import defaultdict
from dataclasses import dataclass
from uuid import UUID

from tortoise.queryset import QuerySet

from models.access import Access
from models.actor import Actor
from models.offices import offices
from models.policy import Action, may
from models.ring import Former, Grant, Ring, head_role
from models.staff import Staff
from models.terms import RingPurpose, Role
from models.unit import Node, Tree, tree


@dataclass(frozen=True, slots=True)
class Orphan:
    """A ring without holders. `heir` has enrolled and could hold it next."""

    unit: Node
    purpose: RingPurpose
    heir: Staff | None
    by_sheets: bool  # nobody's keys lead there any more


async def orphans(actor: Actor) -> list[Orphan]:
    """Rings of which no active member holds a grant, as far as this is the actor's business."""
    units = await tree()
    held = {(row["ring__unit_id"], row["ring__purpose"]) for row in await _grants().values(*_PLACE)}
    made = {(row["unit_id"], row["purpose"]) for row in await Ring.all().values("unit_id", "purpose")}
    lost = [place for place in made - held if await _concerns(actor, units, *place)]
    heirs = await _heirs(units) if lost else {}
    above = (await offices()).oversight
    return [
        Orphan(units[unit_id], purpose, heirs.get((unit_id, purpose)), not _from_above(units, above, unit_id, purpose))
        for unit_id, purpose in sorted(lost, key=lambda place: (units[place[0]].name, place[1]))
    ]


async def sole_holder(member: Staff) -> frozenset[RingPurpose]:
    """What would be lost with him: rings of his unit that no other active member holds."""
    rows = await _grants().filter(ring__unit_id=member.unit_id).values("ring__purpose", "staff_id")
    holders: dict[RingPurpose, set[UUID]] = defaultdict(set)
    for row in rows:
        holders[row["ring__purpose"]].add(row["staff_id"])
    return frozenset(purpose for purpose, who in holders.items() if who == {member.id})


async def unreadable(unit_id: UUID) -> int:
    """How many of the unit's matters lie under a ring to which its present key does not lead."""
    newest = await Ring.filter(unit_id=unit_id, purpose=RingPurpose.CASE).order_by("-version").first()
    links = await Former.filter(ring__unit_id=unit_id)
    older = {link.newer_id: link.ring_id for link in links}
    reached, ring_id = set[UUID](), newest.id if newest else None
    while ring_id is not None:
        reached.add(ring_id)
        ring_id = older.get(ring_id)
    return await Access.filter(unit_id=unit_id, purpose=RingPurpose.CASE).exclude(ring_id__in=list(reached)).count()


async def unfinished(actor: Actor) -> list[tuple[Node, int]]:
    """Units below that were opened again and still hold matters their new head cannot read."""
    if not may(actor, Action.OPEN_UNIT) or not await actor.held(RingPurpose.OVERSIGHT):
        return []
    units = await tree()
    again = await Ring.filter(purpose=RingPurpose.CASE, version__gt=1).distinct().values("unit_id")
    found = {row["unit_id"] for row in again} & (await offices()).case - {actor.unit_id}
    below = [one for one in found if units.under(one, actor.unit_id)]
    counted = [(units[one], await unreadable(one)) for one in below]
    return sorted(((unit, left) for unit, left in counted if left), key=lambda found: found[0].name)


_PLACE = ("ring__unit_id", "ring__purpose")


def _grants() -> QuerySet[Grant]:
    return Grant.filter(staff__active=True)


def _from_above(units: Tree, overseers: frozenset[UUID], unit_id: UUID, purpose: RingPurpose) -> bool:
    """Whether an office above can open it again."""
    above = {node.id for node in units.upward(unit_id)} - {unit_id}
    return purpose is RingPurpose.CASE and not above.isdisjoint(overseers)


async def _concerns(actor: Actor, units: Tree, unit_id: UUID, purpose: RingPurpose) -> bool:
    if unit_id not in units.nodes:
        return False
    if may(actor, Action.INVITE):
        return True
    if not may(actor, Action.OPEN_UNIT) or not units.under(unit_id, actor.unit_id):
        return False
    return unit_id == actor.unit_id or bool(await actor.held(RingPurpose.OVERSIGHT)) or purpose is RingPurpose.CUSTODY


async def _heirs(units: Tree) -> dict[tuple[UUID, RingPurpose], Staff]:
    """By ring: the head or custodian who has enrolled there, the latest one."""
    found: dict[tuple[UUID, RingPurpose], Staff] = {}
    heads = Staff.filter(active=True, role__in=[Role.SECRETARY, Role.ZONE_HEAD, Role.CUSTODIAN])
    for person in await heads.order_by("enrolled_at"):
        unit = units.get(person.unit_id)
        if person.role is Role.CUSTODIAN:
            found[person.unit_id, RingPurpose.CUSTODY] = person
        elif unit and person.role is head_role(unit.kind):
            found[unit.id, RingPurpose.CASE] = found[unit.id, RingPurpose.OVERSIGHT] = person
    return found
