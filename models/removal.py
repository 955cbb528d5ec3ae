"""Ending an appointment: his keys and sessions go at once, which needs no key of anybody's.

The rings he held await a new secret (models/rotation.py): until the next holder comes, what arrives is still
sealed to a ring whose secret he may have copied.
"""

from uuid import UUID

from models.access import Access
from models.actor import Actor
from models.audit import Act, Audit
from models.county import County
from models.db import advisory_lock, transaction
from models.deputy import Deputy
from models.erasure import Erased, Gone
from models.errors import Conflict, Forbidden
from models.event import Event, Happening
from models.policy import Action, require
from models.proposal import withdraw_all_of
from models.reveal import Reveal
from models.ring import Grant
from models.session import Session
from models.staff import Invite, Staff
from models.terms import OPEN_STATUSES


async def remove(actor: Actor, member: Staff) -> None:
    """End a member's appointment. Forbidden for oneself; Conflict when he is gone already."""
    require(actor, Action.REMOVE, member)
    if member.id == actor.id:
        raise Forbidden("unit.not_yourself")
    async with transaction():
        await advisory_lock(f"grants {member.id}")
        if not await Staff.filter(id=member.id, active=True).update(active=False):
            raise Conflict("unit.not_active")
        await take_keys(member.id, Gone.GRANT)
        await leave_desk(member)
        await Deputy.filter(staff_id=member.id).delete()
        await Deputy.filter(for_staff_id=member.id).delete()
        await Invite.filter(invited_by_id=member.id).delete()
        await Erased.of(Gone.PERSON, member.id).save(force_create=True)
        await Audit.record(Act.REMOVED, unit_id=member.unit_id, actor_id=actor.id, object_id=member.id)


async def take_keys(staff_id: UUID, why: Gone) -> None:
    """Delete his grants, sessions and what was sealed to his key, in the caller's transaction.

    The journal notes each grant, so that no older copy of the database brings one back.
    """
    grants = await Grant.filter(staff_id=staff_id)
    await Erased.bulk_create([Erased.of(why, grant.id, grant.ring_id) for grant in grants])
    await Grant.filter(staff_id=staff_id).delete()
    await Session.filter(staff_id=staff_id).delete()
    await Reveal.filter(asked_by_id=staff_id).delete()
    await withdraw_all_of(staff_id)
    await County.tree_changed()  # who may take tips has changed


async def leave_desk(member: Staff) -> None:
    """Open matters in his hands are in nobody's, in the caller's transaction."""
    rows = await Access.filter(assignee_id=member.id, status__in=list(OPEN_STATUSES))
    await Access.filter(id__in=[row.id for row in rows]).update(assignee_id=None)
    await Event.bulk_create([Event.of(Happening.UNASSIGNED, tip_id=row.tip_id, unit_id=row.unit_id) for row in rows])
