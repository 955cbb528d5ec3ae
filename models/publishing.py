"""Four eyes on a lesson: one proposes a version, another approves it, and neither wrote it.

A case is gone through twice: its author ticks every check, and who approves it ticks them once more in his own request.
"""

from collections.abc import Collection

from models import clock, proposal
from models.actor import Actor
from models.audit import Act
from models.checklist import require_all, require_ready
from models.db import transaction
from models.errors import Conflict
from models.lesson import OPEN, Lesson, LessonVersion
from models.policy import Action, may, require
from models.proposal import Proposal, deciding_unit, new_proposal
from models.terms import LessonKind, LessonState, ProposalKind, ProposalState


async def propose(actor: Actor, lesson: Lesson) -> None:
    """Ask for approval of the open version. Invalid while something is missing; Conflict when none is open."""
    require(actor, Action.WRITE_LESSON)
    lesson.own(actor)
    version = await lesson.newest()
    require_ready(lesson.kind, version.told)
    decider = await deciding_unit(ProposalKind.LESSON, start=lesson.unit_id, besides=[actor.id, version.author_id])
    about = version.author_id if version.author_id != actor.id else None
    async with transaction():
        await version.hold(OPEN)
        standing = {"proposer_id": actor.id, "decider_id": decider, "seen_by_id": None}
        await LessonVersion.filter(id=version.id).update(state=LessonState.PROPOSED, **standing)
        put = new_proposal(actor, ProposalKind.LESSON, version.id, unit_id=decider, about_id=about)
        await proposal.put(put)


async def waiting(version: LessonVersion) -> Proposal | None:
    """The proposal that waits for a decision, if there is one."""
    rows = Proposal.filter(kind=ProposalKind.LESSON, object_id=version.id, state=ProposalState.OPEN)
    return await rows.filter(expires_at__gt=clock.now()).first()


def approves(actor: Actor, version: LessonVersion) -> bool:
    """Whether the button is his: he may, his unit decides, and it is not his own."""
    his = version.decider_id == actor.unit_id and actor.id not in {version.author_id, version.proposer_id}
    return version.state is LessonState.PROPOSED and his and may(actor, Action.APPROVE_LESSON)


async def approve(actor: Actor, lesson: Lesson, seen: Collection[str] = ()) -> None:
    """Publish it. Invalid when not every check of a case was ticked anew; other errors as `proposal.approve`."""
    if lesson.kind is LessonKind.CASE:
        require_all(seen)
    version, found = await _proposed(lesson)
    async with transaction():
        await version.hold({LessonState.PROPOSED})
        await LessonVersion.filter(id=version.id).update(seen_by_id=actor.id)
        await proposal.approve(actor, found.id)


async def decline(actor: Actor, lesson: Lesson) -> None:
    """Send it back to its author. Errors as `proposal.decline`."""
    await proposal.decline(actor, (await _proposed(lesson))[1].id)


async def hold(found: Proposal) -> None:
    """Nobody rewrites it while it is decided. Conflict when it is not proposed any more."""
    version = await LessonVersion.get_or_none(id=found.object_id)
    if version is None:
        raise Conflict("lesson.moved_on")
    await version.hold({LessonState.PROPOSED})


async def refused(found: Proposal) -> None:
    """The effect of declining it or taking it back: a draft again, as it was written."""
    await LessonVersion.filter(id=found.object_id).update(state=LessonState.DRAFT)


async def published(actor: Actor, found: Proposal) -> None:
    """The effect of approving: readers see this version from here on, and the former one is kept.

    Conflict for a case whose checks this approver has not gone through.
    """
    version = await LessonVersion.get(id=found.object_id).select_related("lesson")
    lesson = version.lesson
    if lesson.kind is LessonKind.CASE and version.seen_by_id != actor.id:
        raise Conflict("lesson.checks_unseen")
    former = LessonVersion.filter(lesson_id=lesson.id, state=LessonState.PUBLISHED)
    await former.update(state=LessonState.REPLACED)
    await LessonVersion.filter(id=version.id).update(state=LessonState.PUBLISHED, published_at=clock.now())
    await lesson.call(version.texts)
    await lesson.note(Act.LESSON_PUBLISHED, actor)


async def _proposed(lesson: Lesson) -> tuple[LessonVersion, Proposal]:
    version = await lesson.newest()
    found = await waiting(version)
    if found is None:
        raise Conflict("proposal.decided")
    return version, found
