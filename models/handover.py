"""Handing a matter over to another unit: T is sealed to its case ring, by one who holds T and is not the proposer.

The reporter's identity stays where it is, unless its custodian passes it on (models/reveal.py). No unit the
matter touches may ever receive it.
"""

from uuid import UUID

from models import clock, offices
from models.access import Access, Counter, access_of, carried_over, seal_access
from models.actor import Actor
from models.audit import Act, Audit
from models.care import require_care_seen
from models.db import advisory_lock, for_update, new_id, transaction
from models.deadline import Deadline
from models.errors import Conflict, Invalid, NotFound
from models.event import Event, Happening
from models.house import house
from models.lifted import lifted_from
from models.matter import official_number
from models.oversight import escalate_to
from models.policy import Action, require
from models.proposal import Proposal, deciding_unit, new_proposal, put, withdraw_all_about
from models.reveal import forget_shown
from models.routing import may_receive, touched_by
from models.sealing import Purpose, lock, unlock
from models.terms import OPEN_STATUSES, Mode, ProposalKind, ProposalState, RingPurpose, UnitKind
from models.text import clean
from models.tip import Tip, hold_still
from models.unit import Node, Tree, tree

TAKERS = frozenset({UnitKind.SUPERIOR, UnitKind.COUNTY, UnitKind.TOWNSHIP, UnitKind.PANEL})
MAX_REASON = 500


async def takers(actor: Actor, tip_id: UUID) -> list[Node]:
    """The units that could take the matter: open, untouched by it, never relieved of it, and without it so far."""
    access = await access_of(actor, tip_id)
    units, having = await tree(), await offices.offices()
    not_for = _not_for(units, await Tip.get(id=tip_id), await access.open_tip(actor))
    handling = Access.filter(tip_id=tip_id, purpose=RingPurpose.CASE, reads_only=False)
    holders = set(await handling.values_list("unit_id", flat=True))
    return [
        node
        for node in units.nodes.values()
        if node.kind in TAKERS and node.id in having.case - holders and may_receive(units, having, node.id, not_for)
    ]


async def given(actor: Actor, tip_id: UUID) -> list[Node]:
    """The units that have the matter from the actor's, and from which it could be taken back."""
    units, proposals = await tree(), Proposal.filter(kind=ProposalKind.HAND_OVER, object_id=tip_id)
    approved = await proposals.filter(from_unit_id=actor.unit_id, state=ProposalState.APPROVED)
    having = await Access.filter(tip_id=tip_id, purpose=RingPurpose.CASE).values_list("unit_id", flat=True)
    receivers = {one.param("to") for one in approved} & set(having)
    return [units[unit_id] for unit_id in receivers if unit_id in units.nodes]


async def propose_hand_over(
    actor: Actor, tip_id: UUID, *, to: UUID, keep: bool, reason: str, care_seen: bool = False
) -> Proposal:
    """Propose to hand it over. With `keep` this unit can go on reading.

    Invalid for a unit that may not have it, without a reason, or when the reporter asked for care and nobody
    confirmed to have seen that.
    """
    async with transaction():
        tip = await hold_still(tip_id)  # or it could be sealed upward between the look at it and the proposal
        return await _propose(actor, tip, to=to, keep=keep, reason=clean(reason), care_seen=care_seen)


async def _propose(actor: Actor, tip: Tip, *, to: UUID, keep: bool, reason: str, care_seen: bool) -> Proposal:
    tip_id, access = tip.id, await access_of(actor, tip.id)
    require(actor, Action.PROPOSE_HAND_OVER, access)
    if not 1 <= len(reason) <= MAX_REASON:
        raise Invalid("handover.reason_bad", most=MAX_REASON)
    if to not in {node.id for node in await takers(actor, tip_id)}:
        raise Invalid("handover.not_there")
    holders = [row.unit_id for row in await Access.filter(tip_id=tip_id)]
    unit_id = await deciding_unit(
        ProposalKind.HAND_OVER,
        start=actor.unit_id,
        besides={actor.id},
        among=frozenset(holders) - {to},
    )
    secret, proposal_id = await access.open_tip(actor), new_id()
    require_care_seen(tip, secret, seen=care_seen)
    locked = lock(secret, reason.encode(), Purpose.REASON, proposal_id)
    params = {"to": to.hex, "from": actor.unit_id.hex, "keep": keep}
    proposal = new_proposal(
        actor, ProposalKind.HAND_OVER, tip_id, id=proposal_id, unit_id=unit_id, params=params, reason=locked
    )
    if unit_id != actor.unit_id:  # nobody here can decide it: the superior must be able to read what it is about
        await escalate_to(unit_id, tip_id)
    return await put(proposal)


async def reason_of(actor: Actor, proposal: Proposal) -> str:
    """Why it should go there, for the one who decides."""
    _, secret = await own_row(actor, proposal.object_id)
    return unlock(secret, proposal.reason or b"", Purpose.REASON, proposal.id).decode()


async def hand_over(actor: Actor, proposal: Proposal) -> Access:
    """The effect, inside the approval's transaction: the other unit's row comes, this unit's stays or goes."""
    to, sender = proposal.param("to"), proposal.param("from")
    tip = await for_update(Tip.filter(id=proposal.object_id)).get()
    old = await Access.get_or_none(tip_id=tip.id, unit_id=sender, purpose=RingPurpose.CASE)
    if old is None or old.status not in OPEN_STATUSES:
        raise Conflict("tip.moved_on")
    _, secret = await own_row(actor, tip.id)
    await _require_taker(tip, secret, to)
    new = await _row_for(to, old, secret)
    if proposal.params["keep"]:
        await Access.filter(id=old.id).update(assignee_id=None, reads_only=True)
    else:
        await _let_go(old, to)
        if tip.official_no and house().mode is not Mode.FRONT_DOOR:  # there the number is the platform's
            await Tip.filter(id=tip.id).update(official_no=await official_number(to))
    await _becomes(tip, to, since=sender)
    await _told(Happening.HANDED_OVER, Act.HANDED_OVER, tip.id, sender, actor)
    await _told(Happening.TAKEN_OVER, Act.TAKEN_OVER, tip.id, to, actor)
    return new


async def withdraw(actor: Actor, tip_id: UUID, unit_id: UUID) -> None:
    """Take a matter back from a unit that was given it: its row goes. What it read it cannot unsee.

    NotFound when that unit has no row; Conflict when it was not given by the actor's unit.
    """
    access = await access_of(actor, tip_id)
    require(actor, Action.WITHDRAW, access)
    async with transaction():
        tip = await hold_still(tip_id)  # first the matter, then its proposals: as whoever proposes
        await advisory_lock(f"proposal {ProposalKind.HAND_OVER} {tip_id}")
        row = await Access.get_or_none(tip_id=tip_id, unit_id=unit_id, purpose=RingPurpose.CASE)
        if row is None or unit_id == actor.unit_id:
            raise NotFound
        if unit_id not in {unit.id for unit in await given(actor, tip_id)}:
            raise Conflict("handover.not_given")
        await Access.filter(id=row.id).delete()
        await _forget_what_it_asked(tip_id, unit_id)
        if tip.unit_id == unit_id:
            await Access.filter(id=access.id).update(reads_only=False)
            await _becomes(tip, actor.unit_id, since=unit_id)
        await _told(Happening.WITHDRAWN, Act.WITHDRAWN, tip_id, actor.unit_id, actor)


def _not_for(units: Tree, tip: Tip, secret: bytes) -> frozenset[UUID]:
    """Whom it must never reach: who is touched, and from whom it was sealed upward."""
    return touched_by(units, tip.place_id, tip.concerns) | lifted_from(tip, secret)


async def _require_taker(tip: Tip, secret: bytes, to: UUID) -> None:
    """Once more at the approval: the tree and the ties of members may have changed since."""
    units, having = await tree(), await offices.offices()
    if to not in having.case or not may_receive(units, having, to, _not_for(units, tip, secret)):
        raise Invalid("handover.not_there")
    if await Access.exists(tip_id=tip.id, unit_id=to, purpose=RingPurpose.CASE, reads_only=False):
        raise Conflict("tip.moved_on")


async def _let_go(row: Access, to: UUID) -> None:
    """The sender has no row any more. A panel stands for recusal: the sender does not oversee it either."""
    theirs = Access.filter(tip_id=row.tip_id, unit_id=row.unit_id)
    is_panel = (await tree())[to].kind is UnitKind.PANEL
    await (theirs if is_panel else theirs.filter(purpose=RingPurpose.CASE)).delete()
    await _forget_what_it_asked(row.tip_id, row.unit_id)


async def _forget_what_it_asked(tip_id: UUID, unit_id: UUID) -> None:
    await forget_shown(tip_id, [unit_id])
    await withdraw_all_about(tip_id, from_unit=unit_id)


async def own_row(actor: Actor, tip_id: UUID) -> tuple[Access, bytes]:
    """The actor's unit's row and T: its case row, or, where a superior decides, its oversight row."""
    for purpose in (RingPurpose.CASE, RingPurpose.OVERSIGHT):
        row = await Access.get_or_none(tip_id=tip_id, unit_id=actor.unit_id, purpose=purpose)
        if row is not None and row.ring_id in await actor.held(purpose):
            return row, await row.open_tip(actor)
    raise NotFound


async def _row_for(to: UUID, old: Access, secret: bytes) -> Access:
    known = await Access.get_or_none(tip_id=old.tip_id, unit_id=to, purpose=RingPurpose.CASE)
    if known is not None:  # it had handed the matter over and went on reading; now it comes back
        await Access.filter(id=known.id).update(reads_only=False, unread=True)
        return known
    ring, access_id = await offices.ring_of(to, RingPurpose.CASE), new_id()
    return await Access.create(
        id=access_id,
        tip_id=old.tip_id,
        unit_id=to,
        ring_id=ring.id,
        purpose=RingPurpose.CASE,
        secret=seal_access(ring, secret, access_id),
        arrived_no=await Counter.next(to, RingPurpose.CASE),
        arrived_on=clock.today(),
        **carried_over(old),
    )


async def _becomes(tip: Tip, handler: UUID, *, since: UUID) -> None:
    """Another unit handles it from now on. What is still owed is owed by it; the reporter's clock runs on."""
    await Tip.filter(id=tip.id).update(unit_id=handler)
    await Deadline.filter(tip_id=tip.id, unit_id=since, met_on=None).update(unit_id=handler)


async def _told(happening: Happening, act: Act, tip_id: UUID, unit_id: UUID, actor: Actor) -> None:
    await Event.of(happening, tip_id=tip_id, unit_id=unit_id, actor_id=actor.id).save(force_create=True)
    await Audit.record(act, unit_id=unit_id, actor_id=actor.id, object_id=tip_id)
