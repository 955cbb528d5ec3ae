"""Shredding: what was to be destroyed is gone from the rows, the files, and the pages of the database itself.

A job; it holds no key. The journal keeps the tip's random id, so that no older copy brings it back.
"""

from collections.abc import Sequence
from uuid import UUID

from tortoise.exceptions import OperationalError

from models.access import Access
from models.attachment import Attachment
from models.audit import Act, Audit
from models.db import Database, copies, for_update, transaction
from models.deadline import Deadline
from models.draft import Draft
from models.erasure import Erased, Gone
from models.event import Event
from models.house import house
from models.message import Message, Ping
from models.proposal import Proposal
from models.receipt import Identity, Receipt
from models.reveal import Reveal
from models.tip import Tip

TABLES = ("access", "receipt", "identity", "message", "attachment", "ping", "reveal", "proposal", "draft", "tip")


async def shred(tip_ids: Sequence[UUID], *, by_id: UUID | None = None) -> int:
    """Destroy tips: keys, words, files. Answers how many there were. `compact` then cleans what is left on disk.

    A file's bytes go after the commit; should that be interrupted, the sweeper takes them, for no row names them.
    """
    files = await Attachment.filter(tip_id__in=list(tip_ids)).values_list("id", flat=True)
    async with transaction():
        known = await Tip.filter(id__in=list(tip_ids)).values("id", "unit_id")
        ids = [row["id"] for row in known]
        await erase_rows(ids)
        await _forget_in_drafts(set(ids))
        await Erased.bulk_create([Erased.of(Gone.TIP, tip_id) for tip_id in ids], ignore_conflicts=True)
        for row in known:
            await Audit.record(Act.SHREDDED, unit_id=row["unit_id"], actor_id=by_id, object_id=row["id"])
    for file_id in files:
        await house().files.delete(UUID(str(file_id)))
    return len(ids)


async def compact(database: Database) -> bool:
    """Rewrite what shredding has touched, so that no deleted byte stays on a free page, in a log or in a copy.

    On SQLite the whole file, and the copies kept by migrations; on PostgreSQL its tables, and the log moves on:
    the server must run with `wal_recycle=off`, or old log files are kept for reuse as they are. False when our
    role may not move the log on (pg_switch_wal, pg_checkpoint): then the server's own time must do it.
    """
    if database.path is not None:
        for copy in copies(database.path):
            copy.unlink()
        await database.write.execute_script("VACUUM")
        await database.write.execute_query("PRAGMA wal_checkpoint(TRUNCATE)")
        return True
    for table in TABLES:
        await database.write.execute_script(f'VACUUM (FULL) "{table}"')
    try:
        await database.write.execute_query("SELECT pg_switch_wal()")
        await database.write.execute_script("CHECKPOINT")
    except OperationalError:
        return False
    return True


async def erase_rows(tip_ids: list[UUID]) -> None:
    """Every row that belongs to these tips, in the caller's transaction."""
    for model in (Access, Receipt, Identity, Message, Attachment, Ping, Reveal, Event, Deadline):
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
            if draft.talk.get("screen") in {"thread", "adding"}:
                draft.talk.pop("screen")
            draft.lock_changes()
            await draft.save(update_fields=["body", "close_at"])
