"""When the last one who held a unit's keys is gone: a new head, and the office above passes its matters on.

Where no office above can, for the root and for custody, two recovery sheets open the rings themselves.
"""

from uuid import UUID

from models.access import Access, seal_access
from models.actor import Actor
from models.audit import Act, Audit
from models.county import County
from models.db import advisory_lock, transaction
from models.errors import Conflict, Corrupt, Invalid, NotFound
from models.matter import Matter
from models.offices import ring_of
from models.policy import Action, require
from models.recusal import is_about
from models.ring import Grant, Ring, compare_fingerprint, head_role, purposes_for
from models.sealing import Purpose, Refused, public_of, unseal
from models.staff import Staff
from models.terms import OPEN_STATUSES, RingPurpose
from models.unit import Unit, tree

BATCH = 100


async def reopen_unit(actor: Actor, head: Staff, fingerprint: str) -> int:
    """Make new rings for a unit below whose last holder is gone, and re-seal its matters to them.

    Answers how many matters the new head can read. Those of which the actor's unit has no row wait for the
    recovery sheets; those that name the head, or touch a place he is tied to, come up to the actor's unit.
    Conflict while somebody active still holds the unit's keys: then he appoints.
    """
    await _require_above(actor, head.unit_id)
    compare_fingerprint(head, fingerprint)
    unit = await Unit.get(id=head.unit_id)
    if head.role is not head_role(unit.kind):
        raise Invalid("unit.not_its_head")
    async with transaction():
        await advisory_lock(f"ring {unit.id} {RingPurpose.CASE}")
        if await Grant.exists(ring__unit_id=unit.id, ring__purpose=RingPurpose.CASE, staff__active=True):
            raise Conflict("unit.still_held")
        if not await Ring.exists(unit_id=unit.id, purpose=RingPurpose.CASE):
            raise Conflict("unit.not_open")
        for purpose in purposes_for(head.role, unit.kind):
            await Ring.make(unit, purpose, head)
        await County.tree_changed()
        await Audit.record(Act.UNIT_REOPENED, unit_id=unit.id, actor_id=actor.id, object_id=head.id)
    return await reseal_matters(actor, head)


async def reseal_matters(actor: Actor, head: Staff) -> int:
    """Seal T of each matter of the head's unit to its newest case ring, where the actor's unit oversees it too.

    Batch by batch, so that an interrupted run is taken up where it stopped. Answers how many the head can read.
    """
    await _require_above(actor, head.unit_id)
    ring = await ring_of(head.unit_id, RingPurpose.CASE)
    overseen = await _overseen(actor)
    rows = Access.filter(unit_id=head.unit_id, purpose=RingPurpose.CASE, tip_id__in=list(overseen))
    waiting = await rows.exclude(ring_id=ring.id).order_by("arrived_no").select_related("tip")
    done = 0
    for start in range(0, len(waiting), BATCH):
        async with transaction():
            for row in waiting[start : start + BATCH]:
                done += await _pass_on(actor, row, await overseen[row.tip_id].open_tip(actor), ring, head)
    return done


async def successor(actor: Actor, unit_id: UUID) -> Staff:
    """The head of a unit below who holds its newest key. NotFound when there is none, or it is not below."""
    await _require_above(actor, unit_id)
    kind = (await tree())[unit_id].kind
    newest = await Ring.filter(unit_id=unit_id, purpose=RingPurpose.CASE).order_by("-version").first()
    holders = Staff.filter(active=True, unit_id=unit_id, role=head_role(kind), grants__ring_id=newest and newest.id)
    head: Staff | None = await holders.first()
    if head is None:
        raise NotFound
    return head


async def _require_above(actor: Actor, unit_id: UUID) -> None:
    require(actor, Action.OPEN_UNIT)
    below = unit_id != actor.unit_id and (await tree()).under(unit_id, actor.unit_id)
    if not below or not await actor.held(RingPurpose.OVERSIGHT):
        raise NotFound


async def _pass_on(actor: Actor, row: Access, secret: bytes, ring: Ring, head: Staff) -> bool:
    """To the new head, unless it is about him: then the office above has it from now on."""
    if row.status in OPEN_STATUSES and await is_about(head, row, secret):
        units = await tree()
        await Matter(actor, row, row.tip, secret).lift(units[actor.unit_id], units)
        return False
    sealed = seal_access(ring, secret, row.id)
    return bool(await Access.filter(id=row.id, ring_id=row.ring_id).update(ring_id=ring.id, secret=sealed))


async def recover(unit: Unit, person: Staff, recovery_secret: bytes, fingerprint: str) -> int:
    """Open a unit's rings with the recovery key and seal them to a member, whose fingerprint was compared.

    Every version of every ring his role may hold. Answers how many. Invalid when these are not the sheets of
    this county; Corrupt when a ring's entry was exchanged.
    """
    county = await County.get()
    if public_of(recovery_secret) != county.recovery():
        raise Invalid("recovery.other_sheets")
    compare_fingerprint(person, fingerprint)
    purposes = purposes_for(person.role, unit.kind)
    if person.unit_id != unit.id or not purposes:
        raise Invalid("unit.not_its_head")
    rings = await Ring.filter(unit_id=unit.id, purpose__in=list(purposes)).order_by("purpose", "version")
    secrets = {ring.id: _recovered(ring, recovery_secret) for ring in rings}
    async with transaction():
        await advisory_lock(f"grants {person.id}")
        held = await Grant.filter(staff_id=person.id).values_list("ring_id", flat=True)
        fresh = [ring for ring in rings if ring.id not in held]
        for ring in fresh:
            await Grant.give(ring, secrets[ring.id], to=person)
        await County.tree_changed()
        detail = {"rings": sorted({ring.purpose for ring in fresh})}
        await Audit.record(Act.RECOVERED, unit_id=unit.id, actor_id=None, object_id=person.id, detail=detail)
    return len(fresh)


async def _overseen(actor: Actor) -> dict[UUID, Access]:
    """The actor's unit's rows that he can open, by tip: oversight first, for that is what it is for."""
    found: dict[UUID, Access] = {}
    for purpose in (RingPurpose.CASE, RingPurpose.OVERSIGHT):
        rows = Access.filter(unit_id=actor.unit_id, purpose=purpose, ring_id__in=list(await actor.held(purpose)))
        found |= {row.tip_id: row for row in await rows}
    return found


def _recovered(ring: Ring, recovery_secret: bytes) -> bytes:
    try:
        secret = unseal(recovery_secret, ring.for_recovery, Purpose.RING_RECOVERY, ring.id)
    except Refused:
        raise Corrupt from None
    if public_of(secret) != ring.checked_public():
        raise Corrupt
    return secret
