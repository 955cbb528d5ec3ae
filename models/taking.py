"""采用: what an officer proposed becomes a draft of a broadcast, or of a lesson in the library.

Whoever takes it has written the draft, so another approves it (models/approving.py, `triage.kept_apart`).
"""

from contextlib import aclosing
from datetime import datetime
from typing import Final
from uuid import UUID

from models import clock
from models.actor import Actor
from models.attachment import FileState
from models.audience import Audience
from models.audit import Act
from models.campaign import Campaign
from models.clock import SHANGHAI
from models.db import transaction
from models.errors import Conflict
from models.festival import SEND_AT
from models.lesson import Lesson
from models.material import Material, MaterialKind
from models.officer import Officer
from models.policy import Action, require
from models.sealing import Refused
from models.submission import Submission
from models.terms import Language, LessonKind, SubmissionState
from models.triage import files_of
from models.unit import tree

LONGEST_TITLE: Final = 30
_KINDS: Final = {
    None: LessonKind.ARTICLE,
    MaterialKind.PHOTO: LessonKind.PICTURE,
    MaterialKind.VIDEO: LessonKind.VIDEO,
    MaterialKind.FILE: LessonKind.FILE,
}


async def take(actor: Actor, one: Submission, *, words_only: bool = False) -> Campaign:
    """采用: a draft with its words, its day and its audience, and its first file. The taker is its author.

    Conflict when it was decided meanwhile, or while a file is still on its way; Invalid as for a draft, and for a file
    that no broadcast can carry: then its words can be taken alone.
    """
    require(actor, Action.TRIAGE)
    material = None if words_only else await _material_of(actor, one)
    async with transaction():
        await one.move({SubmissionState.WAITING}, SubmissionState.TAKEN, reason=None, word="")
        draft = await Campaign.compose(
            actor,
            kind=one.kind,
            texts={Language.ZH_CN: one.words},
            audience=await _audience_of(actor, one),
            material=material,
            send_at=_moment_of(one),
        )
        await _became(actor, one, campaign_id=draft.id)
    return draft


async def take_as_lesson(actor: Actor, one: Submission, *, words_only: bool = False) -> Lesson:
    """Into the library: a draft of a lesson with its words and its first file. Errors as `take`."""
    require(actor, Action.TRIAGE)
    material = None if words_only else await _material_of(actor, one)
    title = one.words.splitlines()[0][:LONGEST_TITLE]
    async with transaction():
        await one.move({SubmissionState.WAITING}, SubmissionState.TAKEN, reason=None, word="")
        lesson = await Lesson.write(
            actor,
            _KINDS[material.kind if material else None],
            texts={Language.ZH_CN: {"title": title, "body": one.words}},
            material_id=material.id if material else None,
        )
        await _became(actor, one, lesson_id=lesson.id)
    return lesson


async def _became(actor: Actor, one: Submission, **what: UUID) -> None:
    """Taken, in the caller's transaction: its officer and those merged into it follow what it has become."""
    one.update_from_dict(what)
    await one.save(update_fields=list(what))
    await Submission.filter(into_id=one.id).update(**what)
    for each in [one, *await Submission.filter(into_id=one.id)]:
        await each.drop_files()
        await each.tell_officer("submission.taken")
    await one.note(Act.SUBMISSION_TAKEN, actor)


async def _material_of(actor: Actor, one: Submission) -> Material | None:
    """Its first file, checked and cleaned as all that goes to many. Before the transaction: bytes take their time."""
    rows = await files_of(one)
    if any(row.state is FileState.WANTED for row in rows):
        raise Conflict("submission.files_coming")
    if not rows:
        return None
    owner = await Submission.get(id=rows[0].submission_id)
    try:
        meta, stream = await owner.file(rows[0].id)
        async with aclosing(stream):
            return await Material.keep(actor.unit_id, stream, meta["name"], by_id=actor.id)
    except (Refused, FileNotFoundError):
        raise Conflict("submission.file_broken") from None


async def _audience_of(actor: Actor, one: Submission) -> Audience:
    officer = await Officer.get(id=one.officer_id)
    village = (await tree()).village_of(officer.station_id) if one.own_village else None
    return Audience(unit=village.id if village else actor.unit_id)


def _moment_of(one: Submission) -> datetime | None:
    """Nine o'clock on the day he wished; none when that has passed."""
    moment = datetime.combine(one.wished_on, SEND_AT, SHANGHAI) if one.wished_on else None
    return moment if moment and moment > clock.now() else None
