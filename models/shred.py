"""Shredding: what was to be destroyed is gone from the rows, the files, and the pages of the database itself.

A job; it holds no key. The journal keeps the tip's random id, so that no older copy brings it back.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Final
from uuid import UUID

from tortoise.exceptions import OperationalError
from tortoise.expressions import Subquery
from tortoise.queryset import QuerySet

from models import clock
from models.access import Access
from models.attachment import Attachment
from models.audit import Act, Audit
from models.county import County
from models.custody import Spare
from models.db import Database, cleared, copies, for_update, this_database, transaction
from models.deadline import Deadline
from models.draft import OF_A_THREAD, Draft
from models.erasure import Erased, Gone
from models.event import Event, Happening
from models.house import house
from models.message import Message, Ping
from models.proposal import Proposal
from models.protection import Protection
from models.reading import Reading
from models.receipt import Identity, Receipt
from models.reveal import Reveal
from models.terms import TipStatus
from models.tip import Tip

OUT_OF_SCOPE_KEPT = timedelta(days=30)
"""After the notice. The counters of arrival stay as they are."""
NIGHT: Final = 3
"""O'clock in Shanghai."""
MISSED: Final = timedelta(hours=25)
"""So old is what no night has cleaned."""
TABLES = (
    "access",
    "receipt",
    "identity",
    "identity_spare",
    "message",
    "attachment",
    "ping",
    "protection",
    "oversight_reading",
    "reveal",
    "proposal",
    "draft",
    "tip",
)


async def shred(tip_ids: Sequence[UUID], *, by_id: UUID | None = None) -> int:
    """Destroy tips: keys, words, files. Answers how many there were. `compact` then cleans what is left on disk.

    A file's bytes go after the commit; should that be interrupted, the sweeper takes them, for no row names them.
    """
    files = await Attachment.filter(tip_id__in=list(tip_ids)).values_list("id", flat=True)
    async with transaction():
        known = await for_update(Tip.filter(id__in=list(tip_ids)).order_by("id"))  # first the matter, as whoever acts
        ids = [tip.id for tip in known]
        await erase_rows(ids)
        await _forget_in_drafts(set(ids))
        await Erased.bulk_create([Erased.of(Gone.TIP, tip_id) for tip_id in ids], ignore_conflicts=True)
        await County.has_shredded()
        for tip in known:
            await Audit.record(Act.SHREDDED, unit_id=tip.unit_id, actor_id=by_id, object_id=tip.id)
    for file_id in files:
        await house().files.delete(UUID(str(file_id)))
    return len(ids)


def out_of_scope_before(day: date) -> QuerySet[Tip]:
    """Tips that were told before that day where they belong, and nobody has spoken of since."""
    told = Event.filter(happening=Happening.OUT_OF_SCOPE)
    silent = Event.filter(on__gte=day).exclude(happening__in=[Happening.OVERSEEN, Happening.ESCALATED])
    return Tip.filter(
        status=TipStatus.OUT_OF_SCOPE,
        objected=False,
        platform_on=None,  # these are emptied instead, and keep their number
        id__in=Subquery(told.filter(on__lt=day).values("tip_id")),
        id__not_in=Subquery(silent.values("tip_id")),
    )


async def shred_out_of_scope(limit: int = 100) -> int:
    """The job that destroys what was never ours to keep, thirty days after the reporter was told so."""
    due = await out_of_scope_before(clock.today() - OUT_OF_SCOPE_KEPT).limit(limit).values("id")
    return await shred([row["id"] for row in due]) if due else 0


async def compact(database: Database) -> bool:
    """Rewrite what shredding has touched, so that no deleted byte stays on a free page, in a log or in a copy.

    On SQLite the whole file, and the copies kept by migrations; on PostgreSQL its tables, and the log moves on:
    the server must run with `wal_recycle=off`, or old log files are kept for reuse as they are. False when somebody
    still reads what is gone, or our role may not move the log on (pg_switch_wal, pg_checkpoint): then it is not yet
    certain, and the next time must do it.
    """
    if database.path is not None:
        for copy in copies(database.path):
            copy.unlink()
        await database.write.execute_script("VACUUM")
        [told] = await database.write.execute_query_dict("PRAGMA wal_checkpoint(TRUNCATE)")
        return not told["busy"]  # else somebody reads on in the old log
    clean = await cleared(database.write, TABLES)
    for table in TABLES:
        await database.write.execute_script(f'VACUUM (FULL) "{table}"')
    try:
        await database.write.execute_query("SELECT pg_switch_wal()")
        await database.write.execute_script("CHECKPOINT")
    except OperationalError:
        return False
    return clean


async def clean_disk() -> bool:
    """The job: by night, and once a missed night is over, clean the disk of what was destroyed since the last time.

    Residents and desk wait while it works. What could not be cleaned is tried again in the next night.
    """
    county, at = await County.first(), clock.now()
    since = county.shredded_at if county else None
    if since is None or not (at.astimezone(clock.SHANGHAI).hour == NIGHT or since <= at - MISSED):
        return False
    clean = await compact(this_database())
    async with transaction():  # what was destroyed meanwhile waits for the next night
        await County.filter(shredded_at__lte=at).update(shredded_at=None if clean else clock.now())
    return clean


async def erase_rows(tip_ids: list[UUID]) -> None:
    """Every row that belongs to these tips, in the caller's transaction."""
    of_the_office, of_the_reporter = (Access, Event, Deadline, Reading), (Receipt, Identity, Spare, Reveal)
    for model in (*of_the_office, *of_the_reporter, Message, Attachment, Ping, Protection):
        await model.filter(tip_id__in=tip_ids).delete()
    await Proposal.filter(object_id__in=tip_ids).delete()
    await Tip.filter(id__in=tip_ids).delete()


async def _forget_in_drafts(tip_ids: set[UUID]) -> None:
    """A reporter's chat may hold the opened thread for its thirty minutes."""
    for draft in await for_update(Draft.filter(close_at__not_isnull=True)):
        thread = draft.unlock().thread
        if thread and UUID(hex=thread.tip_id) in tip_ids:
            draft.close_thread()
            draft.forget_addition()
            if draft.talk.get("screen") in OF_A_THREAD:
                draft.talk.pop("screen")
            draft.lock_changes()
            await draft.save(update_fields=["body", "close_at"])
