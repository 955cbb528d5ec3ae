"""Rotation: a ring whose former holder was removed gets a new secret, in the next holder's own request.

The new secret is sealed to each remaining holder and to recovery; the old one is locked under it, so that who
holds the newest version opens all former ones. One transaction: killed anywhere, the ring is old or new.
"""

from uuid import UUID

from models.actor import Actor
from models.audit import Act, Audit
from models.county import County
from models.db import advisory_lock, new_id, transaction
from models.erasure import Erased, Gone
from models.errors import Conflict
from models.ring import Former, Grant, Ring
from models.sealing import Purpose, lock, new_secret
from models.staff import Staff
from models.terms import RingPurpose
from models.unit import Tree, tree

_awaiting: dict[Tree, frozenset[UUID]] = {}


async def awaiting() -> frozenset[UUID]:
    """Units with a ring that awaits a new secret. Kept with the tree: every request of the panel asks it."""
    units = await tree()
    if units not in _awaiting:
        _awaiting.clear()
        _awaiting[units] = await _read()
    return _awaiting[units]


async def marked(actor: Actor) -> list[Ring]:
    """The newest rings the actor holds from which a member was removed."""
    held = {ring_id for purpose in RingPurpose for ring_id in await actor.held(purpose)}
    left = await Erased.filter(what=Gone.GRANT, ring_id__in=list(held)).values_list("ring_id", flat=True)
    if not left:
        return []
    rings = await Ring.filter(unit_id=actor.unit_id).order_by("version")
    newest = {ring.purpose: ring for ring in rings}
    return [ring for ring in newest.values() if ring.id in left]


async def rotate_marked(actor: Actor) -> int:
    """Rotate what is marked among the actor's rings; answers how many. Cheap when there is nothing to do."""
    done = 0
    for ring in await marked(actor):
        try:
            await rotate(actor, ring)
        except Conflict:  # a colleague was faster
            continue
        done += 1
    return done


async def rotate(actor: Actor, ring: Ring) -> Ring:
    """Give the ring a new version. Conflict when there is a newer one already; Corrupt when a holder's public key
    was exchanged: then nothing is sealed to anybody.
    """
    former_secret, secret = await actor.ring_secret(ring.id), new_secret()
    async with transaction():
        await advisory_lock(f"ring {ring.unit_id} {ring.purpose}")
        if await Ring.exists(unit_id=ring.unit_id, purpose=ring.purpose, version__gt=ring.version):
            raise Conflict("unit.already_rotated")
        newer = await Ring.enter(ring.unit_id, ring.purpose, ring.version + 1, secret)
        for holder in await Staff.filter(grants__ring_id=ring.id, active=True).order_by("id"):
            await Grant.give(newer, secret, to=holder)
        link_id = new_id()
        former = lock(secret, former_secret, Purpose.RING_PREVIOUS, link_id)
        await Former.create(id=link_id, ring_id=ring.id, newer_id=newer.id, secret=former)
        await County.tree_changed()  # what is kept with the tree knows that this ring waits no more
        detail = {"ring": ring.purpose, "version": newer.version}
        await Audit.record(Act.ROTATED, unit_id=ring.unit_id, actor_id=actor.id, object_id=newer.id, detail=detail)
    actor.forget_held()
    return newer


async def _read() -> frozenset[UUID]:
    left = set(await Erased.filter(what=Gone.GRANT).values_list("ring_id", flat=True))
    rings = await Ring.all().order_by("version").values("id", "unit_id", "purpose")
    newest = {(ring["unit_id"], ring["purpose"]): ring["id"] for ring in rings}
    return frozenset(unit_id for (unit_id, _), ring_id in newest.items() if ring_id in left)
