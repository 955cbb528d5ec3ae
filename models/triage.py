"""The desk's queue of what officers proposed: oldest first; returned with a word, merged, or refused.

Taken ones become drafts in models/taking.py. Two clerks at once: the second is told that it was decided.
"""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from tortoise.expressions import Q

from models.actor import Actor
from models.attachment import Attachment, FileState
from models.audit import Act
from models.campaign import Campaign
from models.db import advisory_lock, transaction
from models.errors import Invalid, NotFound
from models.policy import Action, may, require
from models.staff import Staff
from models.submission import Submission, SubmissionStep, sources
from models.terms import CampaignState, ReturnReason, SubmissionState
from models.text import clean

PAGE: Final = 30
LONGEST_WORD: Final = 200


@dataclass(frozen=True, slots=True)
class Queue:
    """Thirty that wait, oldest first, the one behind which the next page begins, and how many wait in all."""

    items: list[Submission]
    after: UUID | None
    waiting: int


async def queue(actor: Actor, *, after: UUID | None = None) -> Queue:
    """What waits at the actor's own office. NotFound for a page that begins nowhere."""
    require(actor, Action.TRIAGE)
    waiting = Submission.filter(unit_id=actor.unit_id, state=SubmissionState.WAITING)
    rows = waiting
    if after:
        last = await Submission.get_or_none(id=after, unit_id=actor.unit_id)
        if last is None:
            raise NotFound
        rows = rows.filter(Q(came_at__gt=last.came_at) | Q(came_at=last.came_at, id__gt=last.id))
    found = await rows.order_by("came_at", "id").limit(PAGE + 1).select_related("officer__station")
    return Queue(found[:PAGE], found[PAGE - 1].id if len(found) > PAGE else None, await waiting.count())


async def count_waiting(actor: Actor) -> int:
    """How many wait, for the menu and for 今日. None for whom it is no business of."""
    if not may(actor, Action.TRIAGE):
        return 0
    return await Submission.filter(unit_id=actor.unit_id, state=SubmissionState.WAITING).count()


async def files_of(one: Submission) -> list[Attachment]:
    """What was sent along, with what was merged into it."""
    rows = Attachment.filter(submission_id__in=await with_merged(one)).exclude(state=FileState.REFUSED)
    return await rows.order_by("at", "id")


async def history(one: Submission) -> list[tuple[SubmissionStep, Staff | None]]:
    """What happened to it, in order, and who of the office did it."""
    steps = await SubmissionStep.filter(submission_id=one.id).order_by("id")
    people = {person.id: person for person in await Staff.filter(id__in=[step.by_id for step in steps if step.by_id])}
    return [(step, people.get(step.by_id) if step.by_id else None) for step in steps]


async def goals(actor: Actor, one: Submission) -> tuple[list[Submission], list[Campaign]]:
    """With what it can be merged: what else waits here, and what is still being written here."""
    require(actor, Action.TRIAGE)
    others = Submission.filter(unit_id=actor.unit_id, state=SubmissionState.WAITING).exclude(id=one.id)
    drafts = Campaign.filter(unit_id=actor.unit_id, state=CampaignState.DRAFT).order_by("-made_at", "-id")
    return await others.order_by("came_at", "id").limit(PAGE).select_related("officer"), await drafts.limit(PAGE)


async def send_back(actor: Actor, one: Submission, reason: ReturnReason, word: str = "") -> None:
    """退回修改, with a word from the list or an own one. Invalid without any; Conflict when it was decided."""
    require(actor, Action.TRIAGE)
    word = _word(word)
    if reason is ReturnReason.OTHER and not word:
        raise Invalid("submission.word_missing")
    async with transaction():
        await one.move({SubmissionState.WAITING}, SubmissionState.RETURNED, reason=reason, word=word)
        said = {"reason": {"t": f"term.ReturnReason.{reason}"}, "word": word}
        await one.tell_officer("submission.returned_own" if word else "submission.returned", mends=True, **said)
        await one.note(Act.SUBMISSION_RETURNED, actor)


async def refuse(actor: Actor, one: Submission, word: str) -> None:
    """不采用, with a word that its officer reads. What was merged into it ends with it. Invalid without a word."""
    require(actor, Action.TRIAGE)
    if not (word := _word(word)):
        raise Invalid("submission.word_missing")
    async with transaction():
        await one.move({SubmissionState.WAITING}, SubmissionState.REFUSED, reason=None, word=word)
        for each in [one, *await Submission.filter(into_id=one.id)]:
            if each.id != one.id:
                await each.move({SubmissionState.MERGED}, SubmissionState.REFUSED, into_id=None, word=word)
            await each.drop_files()
            await each.tell_officer("submission.refused", word=word)
            await each.note(Act.SUBMISSION_REFUSED, actor)


async def merge(actor: Actor, one: Submission, into: Submission | Campaign) -> None:
    """并入 another that waits, whose way it goes from here on, or a draft of this office.

    Conflict when either was decided meanwhile, or the draft was proposed: who approves it must know whose it is.
    Invalid into itself.
    """
    require(actor, Action.TRIAGE)
    if into.unit_id != actor.unit_id:
        raise NotFound
    if into.id == one.id:
        raise Invalid("error.choice")
    merged = {"into_id": into.id} if isinstance(into, Submission) else {"campaign_id": into.id}
    async with transaction():
        await advisory_lock(f"merging {actor.unit_id}")  # two merged into one another must not wait in a circle
        await _hold_goal(into)
        await one.move({SubmissionState.WAITING}, SubmissionState.MERGED, reason=None, word="", **merged)
        if isinstance(into, Campaign):  # which is decided: files go as with what is taken
            await Attachment.filter(submission_id__in=await with_merged(one)).delete()
        await Submission.filter(into_id=one.id).update(**{"into_id": None, **merged})
        await one.tell_officer("submission.merged")
        await one.note(Act.SUBMISSION_MERGED, actor)


async def _hold_goal(into: Submission | Campaign) -> None:
    """It stands as it was until this transaction ends: of two merged into one another, one is refused."""
    if isinstance(into, Campaign):
        await into.hold({CampaignState.DRAFT})
    else:
        await into.move({SubmissionState.WAITING}, SubmissionState.WAITING)


async def kept_apart(**became: UUID) -> set[UUID]:
    """Members of staff who do not approve a broadcast (`campaign_id`) or a lesson (`lesson_id`): who took it from an
    officer, and who bear the name of that officer.

    A name may only ever take a right away, never give one.
    """
    came = await Submission.filter(**became).values_list("id", flat=True)
    if not came:
        return set()
    takers = SubmissionStep.filter(submission_id__in=came, state=SubmissionState.TAKEN, by_id__not_isnull=True)
    names = [officer.name for officer in await sources(**became)]
    return {step.by_id for step in await takers if step.by_id} | {one.id for one in await Staff.filter(name__in=names)}


async def with_merged(one: Submission) -> list[UUID]:
    """Its id, and theirs that go its way."""
    return [one.id, *[each.id for each in await Submission.filter(into_id=one.id)]]


def _word(typed: str) -> str:
    word = clean(typed)
    if len(word) > LONGEST_WORD:
        raise Invalid("submission.word_long", most=LONGEST_WORD)
    return word
