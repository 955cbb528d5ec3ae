"""Appointing: a holder compares the fingerprint a newcomer reads out, then seals his unit's rings to him.

Nobody appoints himself or somebody he invited, and administrators neither give keys nor get them. Open matters
that name the newcomer, or touch a place he is tied to, go to the office above first: he never sees them.
"""

from collections import defaultdict
from dataclasses import dataclass
from uuid import UUID

from models.access import Access
from models.actor import Actor
from models.audit import Act, Audit
from models.channel import kept_open
from models.county import County
from models.db import advisory_lock, transaction
from models.errors import Conflict, Forbidden, NotFound
from models.matter import Matter
from models.policy import Action, may, require, scope
from models.recusal import concerning
from models.ring import Grant, Ring, compare_fingerprint, head_role, open_custody, open_unit, purposes_for
from models.staff import Staff
from models.terms import RingPurpose, Role
from models.unit import Node, Tree, Unit, tree


@dataclass(frozen=True, slots=True)
class Opening:
    """A unit that could be opened, and the person for whom its first ring would be made."""

    unit: Node
    person: Staff
    custody: bool


async def appoint(
    actor: Actor, newcomer: Staff, fingerprint: str, *, seal_upward: bool = False
) -> frozenset[RingPurpose]:
    """Seal to the newcomer every ring his role may hold and the actor holds. Answers what was given.

    Invalid when the fingerprint is not his; Conflict when he has them already, or when matters concern him that
    `seal_upward` did not agree to pass on, or when his ties would close a channel (models/channel.py); Forbidden
    when the actor holds none of them, or invited him.
    """
    require(actor, Action.GRANT_RING, newcomer)
    if newcomer.is_administrator:
        raise Forbidden("error.administrators_hold_no_keys")
    if actor.id in {newcomer.id, newcomer.invited_by_id}:
        raise Forbidden("unit.four_eyes")
    compare_fingerprint(newcomer, fingerprint)
    rings = await _rings_to_give(actor, newcomer)
    if await Grant.filter(staff_id=newcomer.id, ring_id__in=[ring.id for ring in rings]).count() == len(rings):
        raise Conflict("unit.already_appointed")
    looked = await _clear_the_desk(actor, newcomer, rings, seal_upward=seal_upward)
    secrets = {ring.id: await actor.ring_secret(ring.id) for ring in rings}
    async with transaction():
        await advisory_lock(f"grants {newcomer.id}")
        held = await Grant.filter(staff_id=newcomer.id).values_list("ring_id", flat=True)
        given = [ring for ring in rings if ring.id not in held]
        if not given:
            raise Conflict("unit.already_appointed")
        async with kept_open():  # from here on routing heeds his ties
            for ring in given:
                await Grant.give(ring, secrets[ring.id], to=newcomer)
        purposes = frozenset(ring.purpose for ring in given)
        await County.tree_changed()
        detail = {"rings": sorted(purposes), **looked}
        await Audit.record(Act.GRANTED, unit_id=actor.unit_id, actor_id=actor.id, object_id=newcomer.id, detail=detail)
    return purposes


async def open_below(actor: Actor, person: Staff, fingerprint: str) -> None:
    """Make the first rings of a unit below, sealed to its head, or its custody ring, sealed to its custodian."""
    require(actor, Action.OPEN_UNIT)
    custody = person.role is Role.CUSTODIAN
    if not await _is_above(actor, await tree(), person.unit_id, custody=custody):
        raise NotFound
    unit = await Unit.get(id=person.unit_id)
    if custody:
        async with transaction(), kept_open():
            await open_custody(unit, custodian=person, fingerprint=fingerprint, by_id=actor.id)
    else:
        await open_unit(unit, head=person, fingerprint=fingerprint, by_id=actor.id)


async def waiting(actor: Actor) -> list[Staff]:
    """Members of the actor's unit to whom he could give a ring they may hold and do not have."""
    if not may(actor, Action.GRANT_RING):
        return []
    held = {purpose for purpose in RingPurpose if await actor.held(purpose)}
    kind = (await tree())[actor.unit_id].kind
    having: dict[UUID, set[RingPurpose]] = defaultdict(set)
    for row in await Grant.filter(ring__unit_id=actor.unit_id).values("staff_id", "ring__purpose"):
        having[row["staff_id"]].add(row["ring__purpose"])
    members = await scope(actor, Staff).filter(active=True).exclude(id=actor.id).order_by("enrolled_at")
    return [one for one in members if (purposes_for(one.role, kind) & held) - having[one.id]]


async def openings(actor: Actor) -> list[Opening]:
    """Units below the actor's whose head or custodian has enrolled and holds no key yet."""
    if not may(actor, Action.OPEN_UNIT) or not await actor.held(RingPurpose.OVERSIGHT):
        return []
    units = await tree()
    made = {(row["unit_id"], row["purpose"]) for row in await Ring.all().values("unit_id", "purpose")}
    heads = await Staff.filter(active=True, role__in=[Role.SECRETARY, Role.ZONE_HEAD, Role.CUSTODIAN]).order_by("name")
    found = []
    for person in heads:
        custody = person.role is Role.CUSTODIAN
        purpose = RingPurpose.CUSTODY if custody else RingPurpose.CASE
        unit = units.get(person.unit_id)
        fits = unit is not None and (custody or person.role is head_role(unit.kind))
        if unit and fits and (unit.id, purpose) not in made and _below(actor, units, unit.id, custody=custody):
            found.append(Opening(unit, person, custody))
    return found


async def _clear_the_desk(actor: Actor, newcomer: Staff, rings: list[Ring], *, seal_upward: bool) -> dict[str, int]:
    """Seal upward what he must not see; answers what the audit tells of it. Each matter goes for itself, so that
    an interrupted appointment is simply repeated.
    """
    if RingPurpose.CASE not in {ring.purpose for ring in rings}:
        return {}
    found, looked_through = await concerning(actor, newcomer)
    if found and not seal_upward:
        raise Conflict("unit.concerns_him", n=len(found))
    for tip_id in found:
        await _seal_upward(await Matter.open(actor, tip_id))
    return {"looked_through": looked_through}  # never how many went: what went leaves nothing behind


async def _seal_upward(matter: Matter) -> None:
    if matter.access.reads_only:  # handed over already: another office has it, and this one need not read on
        async with transaction():
            await Access.filter(id=matter.access.id, reads_only=True).delete()
        return
    try:
        await matter.seal_upward()
    except Conflict as problem:
        raise Conflict("unit.nobody_above") if problem.key == "tip.no_superior" else problem from None


async def _rings_to_give(actor: Actor, newcomer: Staff) -> list[Ring]:
    kind = (await tree())[newcomer.unit_id].kind
    ids = [ring for purpose in purposes_for(newcomer.role, kind) for ring in await actor.held(purpose)]
    if not ids:
        raise Forbidden("unit.not_your_ring")
    return await Ring.filter(id__in=ids)


async def _is_above(actor: Actor, units: Tree, unit_id: UUID, *, custody: bool) -> bool:
    return bool(await actor.held(RingPurpose.OVERSIGHT)) and _below(actor, units, unit_id, custody=custody)


def _below(actor: Actor, units: Tree, unit_id: UUID, *, custody: bool) -> bool:
    """Strictly below; only where nobody stands above does a head open his own unit's custody."""
    if unit_id == actor.unit_id:
        return custody and units[unit_id].parent_id not in units.nodes
    return units.under(unit_id, actor.unit_id)
