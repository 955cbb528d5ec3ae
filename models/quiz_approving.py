"""Four eyes on a quiz: one proposes it, another approves it, and neither wrote it. Approved is published."""

from uuid import UUID

from models import clock, proposal
from models.actor import Actor
from models.audit import Act
from models.db import transaction
from models.policy import Action, require
from models.proposal import Proposal, deciding_unit, new_proposal
from models.quiz import OPEN, Quiz
from models.terms import ProposalKind, QuizState


async def propose(actor: Actor, quiz: Quiz) -> None:
    """Ask for approval. Conflict when it is no draft, or nobody is there who may decide."""
    require(actor, Action.COMPOSE)
    quiz.own(actor)
    decider = await deciding_unit(ProposalKind.QUIZ, start=quiz.unit_id, besides=[actor.id, quiz.author_id])
    about = quiz.author_id if quiz.author_id != actor.id else None
    async with transaction():
        await quiz.hold(OPEN, author_id=quiz.author_id)  # or who wrote it meanwhile could approve it
        quiz.state, quiz.proposer_id, quiz.decider_id = QuizState.PROPOSED, actor.id, decider
        await quiz.save(update_fields=["state", "proposer_id", "decider_id"])
        await proposal.put(new_proposal(actor, ProposalKind.QUIZ, quiz.id, unit_id=decider, about_id=about))


async def waiting(quiz: Quiz) -> Proposal | None:
    """The proposal that waits for a decision, if there is one."""
    return await proposal.waiting(ProposalKind.QUIZ, quiz.id)


async def decide(actor: Actor, quiz: Quiz, *, approve: bool, asked: UUID | None = None) -> None:
    """Publish it, or send it back to its author. Errors as `proposal.to_decide` and `proposal.approve`."""
    found = await proposal.to_decide(ProposalKind.QUIZ, quiz.id, asked)
    await (proposal.approve(actor, found.id) if approve else proposal.decline(actor, found.id))
    await quiz.refresh_from_db()


async def hold(found: Proposal) -> None:
    """Nobody rewrites it while it is decided. Conflict when it is not proposed any more."""
    await (await Quiz.get(id=found.object_id)).hold({QuizState.PROPOSED})


async def refused(found: Proposal) -> None:
    """The effect of declining it or taking it back: a draft again, as it was written."""
    await Quiz.filter(id=found.object_id).update(state=QuizState.DRAFT)


async def approved(actor: Actor, found: Proposal) -> None:
    """The effect of approving: people may take it from here on."""
    quiz = await Quiz.get(id=found.object_id)
    quiz.state, quiz.published_at = QuizState.PUBLISHED, clock.now()
    await quiz.save(update_fields=["state", "published_at"])
    await quiz.note(Act.QUIZ_PUBLISHED, actor)
