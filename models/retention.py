"""What is kept, for how long, and why: one table. `qingfeng doctor` and docs/operations.md tell it, a test holds them
together with the jobs that enforce it (`JOBS` in app.py).

Sources: PIPL 19 and 47 (no longer than necessary), KG 13 and 29 and 47 of 《处理检举控告工作规则》, DA 19–20
of 《案件档案管理办法》 (no automatic destruction of official files), CSL 21 (logs at least six months).
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from tortoise.expressions import Q, Subquery
from tortoise.queryset import QuerySet

from models import (
    aftermath,
    clock,
    contact,
    declaration,
    draft,
    front_door,
    importing,
    inbox,
    leftovers,
    material,
    officer,
    official,
    once,
    outbox,
    passage,
    shred,
    sitting,
    ticket,
)
from models.attachment import ORPHAN_AFTER, Attachment
from models.contact import Contact, Trace
from models.draft import Draft
from models.importing import Import, ImportState
from models.inbox import Inbox, Served
from models.once import Once
from models.outbox import Outbox, Sending
from models.passage import Passage
from models.reset import LIFE as RESET_LIFE
from models.reset import Reset
from models.reveal import WINDOW, Reveal
from models.session import IDLE, Session
from models.staff import INVITE_LIFE
from models.ticket import Ticket

Due = Callable[[], QuerySet[Any]]
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Kept:
    """One kind of data. Without a `period` nothing deletes it by itself."""

    data: str
    since: str
    period: timedelta | None
    why: str
    job: str = ""
    due: Due | None = None  # rows whose time is over; their job takes them at its next wake-up

    @property
    def told(self) -> str:
        """The rule in words: `72 hours after the last input`."""
        return f"{in_words(self.period)} {self.since}" if self.period else self.since


def in_words(period: timedelta) -> str:
    """72 hours, 30 days, 15 minutes."""
    for unit, name in ((DAY, "day"), (HOUR, "hour"), (timedelta(minutes=1), "minute")):
        count = period / unit
        if count == int(count) and (unit is not DAY or count > 3):  # noqa: PLR2004  three days are 72 hours
            return f"{int(count)} {name}" + ("s" if count != 1 else "")
    return f"{int(period.total_seconds())} seconds"


def _before(period: timedelta) -> Any:
    return clock.now() - period


RETENTION: Final = (
    Kept(
        "drafts of tips, chat and forms",
        "after the last input",
        draft.LIFE,
        "PIPL 19; said on screen",
        "sweep-drafts",
        lambda: Draft.filter(expires_at__lt=clock.now()),
    ),
    Kept(
        "threads opened in a chat",
        "after the code was typed",
        draft.THREAD_LIFE,
        "KG 47; one code serves one visit",
        "forget-opened-threads",
        lambda: Draft.filter(close_at__lte=clock.now()),
    ),
    Kept(
        "files that no draft and no tip has",
        "after they came",
        ORPHAN_AFTER,
        "PIPL 47",
        "sweep-files",
        lambda: Attachment.filter(
            tip_id=None,
            submission_id=None,
            at__lt=_before(ORPHAN_AFTER),
            draft_id__not_in=Subquery(Draft.all().values("id")),
        ),
    ),
    Kept(
        "photos, films and files that no broadcast, submission or lesson uses",
        "after they came",
        material.UNUSED,
        "ours: a form may still be open",
        "sweep-materials",
        material.unused,
    ),
    Kept(
        "subscriptions of residents to lessons, with the link to their chat",
        "until they leave, with one tap",
        None,
        "PIPL 15, 19: their own wish",
    ),
    Kept("words of served updates and of sent messages", "erased in the same transaction", None, "KG 29, 47"),
    Kept(
        "ids of updates, without words",
        "after they came",
        inbox.KEEP_IDS,
        "ours: duplicates are told by them",
        "forget-old-updates",
        lambda: Inbox.filter(at__lt=_before(inbox.KEEP_IDS)).exclude(state=Served.WAITING),
    ),
    Kept(
        "updates that could not be served",
        "after they came",
        leftovers.DEAD_UPDATES,
        "ours: to look for the fault",
        "sweep-leftovers",
        leftovers.dead_updates,
    ),
    Kept(
        "messages that could not be sent",
        "after the last try",
        outbox.KEEP_FAILED,
        "PIPL 47",
        "sweep-outbox",
        lambda: Outbox.filter(state=Sending.FAILED, due_at__lt=_before(outbox.KEEP_FAILED)),
    ),
    Kept(
        "message ids in a chat",
        "after the message",
        contact.TRACE_LIFE,
        "ours: as long as they can be deleted there",
        "sweep-traces",
        lambda: Trace.filter(at__lt=_before(contact.TRACE_LIFE)),
    ),
    Kept(
        "contacts of residents",
        "after they were last seen",
        contact.IDLE_CONTACTS,
        "PIPL 19",
        "forget-idle-contacts",
        lambda: Contact.filter(seen_on__lt=clock.today() - contact.IDLE_CONTACTS),
    ),
    Kept(
        "tickets from the chat to the form",
        "after they were made",
        passage.LIFE,
        "KG 47",
        "sweep-passages",
        lambda: Passage.filter(expires_at__lte=clock.now()),
    ),
    Kept(
        "tickets that officers hold out",
        "after they were made",
        ticket.TICKET_LIFE,
        "KG 47",
        "sweep-tickets",
        lambda: Ticket.filter(until__lte=clock.now()),
    ),
    Kept("addresses of callers", "in memory, as a keyed hash, for ten minutes", None, "KG 29: never stored"),
    Kept(
        "tips out of scope",
        "after the reporter was told and nobody spoke since",
        shred.OUT_OF_SCOPE_KEPT,
        "KG 13, PIPL 47; the counters stay",
        "shred-out-of-scope",
        lambda: shred.out_of_scope_before(clock.today() - shred.OUT_OF_SCOPE_KEPT),
    ),
    Kept(
        "words, files and names of matters on the official platform (MODE=front_door)",
        "after registration, later lines after their day",
        front_door.KEPT,
        "KG 6, 10; number, status and deadlines stay",
        "forget-platform-content",
        lambda: front_door.registered_before(clock.today() - front_door.KEPT),
    ),
    Kept("all other tips, with thread, files and sealed names", "never deleted by itself", None, "DA 19–20"),
    Kept(
        "identities shown to one member",
        "after they were shown",
        WINDOW,
        "KG 47",
        "forget-reveals",
        lambda: Reveal.filter(until__lte=clock.now()),
    ),
    Kept(
        "proposals declined or never decided",
        "after they ran out",
        leftovers.CAME_TO_NOTHING,
        "ours: the audit trail keeps the fact",
        "sweep-leftovers",
        leftovers.ended_proposals,
    ),
    Kept(
        "invitations of staff",
        "after they were made, if unused",
        INVITE_LIFE,
        "ours",
        "sweep-leftovers",
        leftovers.unused_invites,
    ),
    Kept(
        "invitations of officers",
        "after they were made, if unused; the appointment stays",
        officer.INVITE_LIFE,
        "ours",
        "sweep-leftovers",
        leftovers.unused_officer_invites,
    ),
    Kept(
        "invitations of people in office",
        "after they were made, if unused; the post stays",
        official.INVITE_LIFE,
        "ours",
        "sweep-leftovers",
        leftovers.unused_official_invites,
    ),
    Kept(
        "codes for a new key",
        "after they were made, if unused",
        RESET_LIFE,
        "ours",
        "sweep-resets",
        lambda: Reset.filter(expires_at__lte=clock.now()),
    ),
    Kept(
        "sessions of staff",
        "after the last request, ten hours at most",
        IDLE,
        "PIPL 51",
        "sweep-sessions",
        lambda: Session.filter(Q(seen_at__lt=_before(IDLE)) | Q(ends_at__lt=clock.now())),
    ),
    Kept(
        "marks of forms that were sent",
        "after the day they were sent",
        once.KEPT,
        "ours: the same form twice is taken once",
        "sweep-marks",
        lambda: Once.filter(day__lt=clock.today() - once.KEPT),
    ),
    Kept(
        "imported spreadsheets, row by row",
        "after the import, a day if it stayed a preview",
        importing.KEPT,
        "ours: to undo it",
        "sweep-imports",
        lambda: Import.filter(
            Q(at__lt=_before(importing.KEPT)) | Q(at__lt=_before(importing.KEPT_PREVIEW), state=ImportState.PREVIEW)
        ).exclude(state=ImportState.RUNNING),
    ),
    Kept(
        "people in office: name and post; the link to a chat",
        "until the post ends; the link until then, or until he leaves",
        None,
        "PIPL 19; the post is public",
    ),
    Kept(
        "posts that have ended, with the name",
        "after their end",
        aftermath.KEPT_POSTS,
        "PIPL 19",
        "forget-ledgers",
        aftermath.ended_posts,
    ),
    Kept(
        "ledgers: who was sent which broadcast",
        "after the broadcast ended; the totals stay",
        aftermath.KEPT,
        "PIPL 19: raw rows 90 days, then totals",
        "forget-ledgers",
        aftermath.old_letters,
    ),
    Kept(
        "presses of the button that says one knows",
        "after the broadcast ended; the totals stay",
        aftermath.KEPT,
        "PIPL 19: raw rows 90 days, then totals",
        "forget-ledgers",
        aftermath.old_presses,
    ),
    Kept(
        "broadcasts, their totals, templates, the calendar",
        "never deleted by itself",
        None,
        "ours: papers of the office, nobody is named in them",
    ),
    Kept(
        "answers to a quiz and one's own result",
        "after the last answer; the totals stay",
        sitting.KEPT,
        "PIPL 19: raw answers 90 days, then totals",
        "sweep-answers",
        sitting.old_runs,
    ),
    Kept(
        "lessons with their versions, and courses",
        "never deleted by itself; who reads is noted nowhere",
        None,
        "ours: papers of the office, approved for the public or for people in office",
    ),
    Kept(
        "what officers propose, with what became of it",
        "never deleted by itself; its files go once it is decided",
        None,
        "ours: papers of the office, no report and no person in it",
    ),
    Kept(
        "reports of weddings and funerals, with the mark in the register",
        "after the day",
        declaration.KEPT,
        "PIPL 19; NC11 6(5)",
        "forget-declarations",
        declaration.over,
    ),
    Kept("audit trail", "never deleted by itself; never holds content", None, "CSL 21: six months at least"),
    Kept("deletion journal", "never deleted; random ids only", None, "keeps restores from bringing things back"),
    Kept("backups", "30 days at most; the operator deletes them", None, "PIPL 47"),
)
"""In the order in which things happen to a tip."""


async def counts() -> list[tuple[Kept, int]]:
    """For each kind with a period, how many rows are due now."""
    return [(kept, await kept.due().count()) for kept in RETENTION if kept.due]
