"""Four eyes on a lesson: one proposes a version, another approves it, and neither wrote it.

A case is gone through twice: its author ticks every check, and who approves it ticks them once more in his own request.
"""

from collections.abc import Collection
from uuid import UUID

from models import clock, proposal
from models.actor import Actor
from models.audit import Act
from models.checklist import require_all, require_ready
from models.db import transaction
from models.errors import Conflict, Forbidden
from models.lesson import OPEN, Lesson, LessonVersion
from models.policy import Action, may, require
from models.proposal import Proposal, deciding_unit, new_proposal
from models.submission import tell_published
from models.teaching import stop_untaught
from models.terms import LessonKind, LessonState, ProposalKind
from models.triage import kept_apart


async def propose(actor: Actor, lesson: Lesson) -> None:
    """Ask for approval of the open version. Invalid while something is missing; Conflict when none is open."""
    require(actor, Action.WRITE_LESSON)
    lesson.own(actor)
    version = await lesson.newest()
    require_ready(lesson.kind, version.told)
    besides = [actor.id, version.author_id, *await kept_apart(lesson_id=lesson.id)]
    decider = await deciding_unit(ProposalKind.LESSON, start=lesson.unit_id, besides=besides)
    about = version.author_id if version.author_id != actor.id else None
    async with transaction():
        await version.hold(OPEN)
        standing = {"proposer_id": actor.id, "decider_id": decider, "seen_by_id": None}
        await LessonVersion.filter(id=version.id).update(state=LessonState.PROPOSED, **standing)
        put = new_proposal(actor, ProposalKind.LESSON, version.id, unit_id=decider, about_id=about)
        await proposal.put(put)


async def waiting(version: LessonVersion) -> Proposal | None:
    """The proposal that waits for a decision, if there is one."""
    return await proposal.waiting(ProposalKind.LESSON, version.id)


async def approves(actor: Actor, version: LessonVersion) -> bool:
    """Whether the button is his: he may, his unit decides, and it is not his own, nor what he took from an officer."""
    if actor.id in await kept_apart(lesson_id=version.lesson_id):
        return False
    his = version.decider_id == actor.unit_id and actor.id not in {version.author_id, version.proposer_id}
    return version.state is LessonState.PROPOSED and his and may(actor, Action.APPROVE_LESSON)


async def approve(actor: Actor, lesson: Lesson, seen: Collection[str] = (), *, asked: UUID | None = None) -> None:
    """Publish it. Invalid when not every check of a case was ticked anew; other errors as `proposal.to_decide` and
    `proposal.approve`.
    """
    if lesson.kind is LessonKind.CASE:
        require_all(seen)
    version, found = await _proposed(lesson, asked)
    async with transaction():
        await version.hold({LessonState.PROPOSED})
        await LessonVersion.filter(id=version.id).update(seen_by_id=actor.id)
        await proposal.approve(actor, found.id)


async def decline(actor: Actor, lesson: Lesson, *, asked: UUID | None = None) -> None:
    """Send it back to its author. Errors as `proposal.to_decide` and `proposal.decline`."""
    await proposal.decline(actor, (await _proposed(lesson, asked))[1].id)


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

    Conflict for a case whose checks this approver has not gone through; Forbidden for who took it from an officer, or
    is that officer.
    """
    version = await LessonVersion.get(id=found.object_id).select_related("lesson")
    lesson = version.lesson
    if lesson.kind is LessonKind.CASE and version.seen_by_id != actor.id:
        raise Conflict("lesson.checks_unseen")
    if actor.id in await kept_apart(lesson_id=lesson.id):
        raise Forbidden("submission.own_source")
    former = LessonVersion.filter(lesson_id=lesson.id, published_at__not_isnull=True)
    if not await former.exists():
        await tell_published(lesson.id)
    await former.filter(state=LessonState.PUBLISHED).update(state=LessonState.REPLACED)
    await LessonVersion.filter(id=version.id).update(state=LessonState.PUBLISHED, published_at=clock.now())
    await lesson.call(version.texts)
    await lesson.note(Act.LESSON_PUBLISHED, actor)
    await stop_untaught(actor, lesson.id)


async def _proposed(lesson: Lesson, asked: UUID | None) -> tuple[LessonVersion, Proposal]:
    version = await lesson.newest()
    return version, await proposal.to_decide(ProposalKind.LESSON, version.id, asked)
