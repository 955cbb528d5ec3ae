"""Changing a member's role: proposed by his head, approved by a security administrator.

Keys that the new role may not hold go, and their rings are marked for rotation; keys it may hold beside the
present ones come by appointment, as always.
"""

from models.actor import Actor
from models.audit import Act, Audit
from models.county import County
from models.db import advisory_lock
from models.erasure import Erased, Gone
from models.errors import Conflict, Forbidden, Invalid
from models.policy import Action, require
from models.proposal import Proposal, deciding_unit, new_proposal, put
from models.removal import leave_desk
from models.ring import CASE_ROLES, Grant, purposes_for
from models.session import Session
from models.staff import Staff
from models.structure import ROLES_IN
from models.terms import ADMINISTRATORS, ProposalKind, Role
from models.unit import tree


async def propose_role(actor: Actor, member: Staff, role: Role) -> Proposal:
    """Propose another role in the same unit. Never between administrators and those who see content."""
    require(actor, Action.PROPOSE_ROLE, member)
    kind = (await tree())[member.unit_id].kind
    if member.id == actor.id:
        raise Forbidden("unit.not_yourself")
    if role not in ROLES_IN[kind] or role is member.role or {role, member.role} & ADMINISTRATORS:
        raise Invalid("unit.role_not_here")
    unit_id = await deciding_unit(ProposalKind.CHANGE_ROLE, start=actor.unit_id, besides={actor.id, member.id})
    params = {"role": role.value}
    return await put(
        new_proposal(actor, ProposalKind.CHANGE_ROLE, member.id, about_id=member.id, unit_id=unit_id, params=params)
    )


async def change(actor: Actor, proposal: Proposal) -> None:
    """The effect, inside the approval's transaction."""
    role = Role(proposal.params["role"])
    await advisory_lock(f"grants {proposal.object_id}")
    member = await Staff.get(id=proposal.object_id)
    if not member.active:
        raise Conflict("unit.not_active")
    await _take_what_does_not_fit(member, role)
    if role not in CASE_ROLES:
        await leave_desk(member)
    await Staff.filter(id=member.id).update(role=role)
    await Session.filter(staff_id=member.id).delete()
    await County.tree_changed()
    detail = {"from": member.role, "to": role}
    await Audit.record(Act.ROLE_CHANGED, unit_id=member.unit_id, actor_id=actor.id, object_id=member.id, detail=detail)


async def _take_what_does_not_fit(member: Staff, role: Role) -> None:
    fitting = purposes_for(role, (await tree())[member.unit_id].kind)
    grants = await Grant.filter(staff_id=member.id).select_related("ring")
    gone = [grant for grant in grants if grant.ring.purpose not in fitting]
    await Erased.bulk_create([Erased.of(Gone.GRANT, grant.id, grant.ring_id) for grant in gone])
    await Grant.filter(id__in=[grant.id for grant in gone]).delete()
