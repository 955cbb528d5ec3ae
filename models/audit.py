"""The audit trail. The effect's own transaction inserts the entry; a job chains entries per unit."""

import hashlib
import json
from enum import StrEnum
from typing import Any
from uuid import UUID

from tortoise import fields
from tortoise.expressions import Q
from tortoise.models import Model

from models import clock
from models.db import BytesField, UtcDatetimeField, advisory_lock, new_id, transaction

CHAIN_BATCH = 2_000


class Act(StrEnum):
    """What was done. Each is a catalog key `term.Act.<value>`."""

    INVITED = "invited"
    ENROLLED = "enrolled"
    LOGGED_IN = "logged_in"
    LOGGED_OUT = "logged_out"
    LOGIN_REFUSED = "login_refused"
    PASSWORD_CHANGED = "password_changed"  # noqa: S105  a name of an act, no password
    UNIT_FOUNDED = "unit_founded"
    UNIT_OPENED = "unit_opened"
    GRANTED = "granted"
    TIP_READ = "tip_read"
    FILE_READ = "file_read"
    REGISTERED = "registered"
    ACCEPTED = "accepted"
    OUT_OF_SCOPE = "out_of_scope"
    TAKEN_IN = "taken_in"
    SEARCHED = "searched"
    FOLLOWED = "followed"
    CONCLUDED = "concluded"
    CLAIMED = "claimed"
    REPLIED = "replied"
    NOTED = "noted"
    RECALLED = "recalled"
    SUMMARISED = "summarised"
    SEALED_UPWARD = "sealed_upward"
    RELEASED = "released"
    OBJECTION_ANSWERED = "objection_answered"
    TAKEN_UP_AGAIN = "taken_up_again"
    PROTECTION_READ = "protection_read"
    PROTECTION_ANSWERED = "protection_answered"
    REMOVED = "removed"
    ROTATED = "rotated"
    PROPOSED = "proposed"
    APPROVED = "approved"
    DECLINED = "declined"
    TAKEN_BACK = "taken_back"
    IDENTITY_OPENED = "identity_opened"
    IDENTITY_READ = "identity_read"
    IDENTITY_MOVED = "identity_moved"
    HANDED_OVER = "handed_over"
    TAKEN_OVER = "taken_over"
    WITHDRAWN = "withdrawn"
    ESCALATED = "escalated"
    OVERSEEN = "overseen"
    KEY_RESET = "key_reset"
    KEY_RENEWED = "key_renewed"
    RESCUE_CODES_MADE = "rescue_codes_made"
    TOTP_RENEWED = "totp_renewed"
    UNIT_REOPENED = "unit_reopened"
    RECOVERED = "recovered"
    ROLE_CHANGED = "role_changed"
    DEPUTISED = "deputised"
    DEPUTY_ENDED = "deputy_ended"
    TIES_SET = "ties_set"
    INVITE_REVOKED = "invite_revoked"
    SESSIONS_ENDED = "sessions_ended"
    SHREDDED = "shredded"
    EMPTIED = "emptied"
    UNIT_MOVED = "unit_moved"
    UNIT_RENAMED = "unit_renamed"
    UNIT_EDITED = "unit_edited"
    UNIT_RETIRED = "unit_retired"
    UNIT_RESTORED = "unit_restored"
    IMPORT_STARTED = "import_started"
    IMPORT_UNDONE = "import_undone"
    OFFICER_APPOINTED = "officer_appointed"
    OFFICER_INVITED = "officer_invited"
    OFFICER_ENROLLED = "officer_enrolled"
    OFFICER_ENDED = "officer_ended"
    OFFICIAL_ADDED = "official_added"
    OFFICIAL_INVITED = "official_invited"
    OFFICIAL_ENROLLED = "official_enrolled"
    OFFICIAL_LEFT = "official_left"
    OFFICIAL_ENDED = "official_ended"
    CAMPAIGN_DRAFTED = "campaign_drafted"
    CAMPAIGN_REVISED = "campaign_revised"
    CAMPAIGN_SCHEDULED = "campaign_scheduled"
    CAMPAIGN_STARTED = "campaign_started"
    CAMPAIGN_PAUSED = "campaign_paused"
    CAMPAIGN_RESUMED = "campaign_resumed"
    CAMPAIGN_STOPPED = "campaign_stopped"
    CAMPAIGN_DONE = "campaign_done"
    CAMPAIGN_EXPIRED = "campaign_expired"
    CALENDAR_ALARM = "calendar_alarm"
    TEMPLATE_WRITTEN = "template_written"
    QUIZ_WRITTEN = "quiz_written"
    QUIZ_PUBLISHED = "quiz_published"
    QUIZ_CLOSED = "quiz_closed"
    REPORT_EXPORTED = "report_exported"
    NODE_ADDED = "node_added"
    NODE_ENDED = "node_ended"
    EVENT_DECLARED = "event_declared"
    SUBMISSION_CAME = "submission_came"
    SUBMISSION_RETURNED = "submission_returned"
    SUBMISSION_TAKEN = "submission_taken"
    SUBMISSION_MERGED = "submission_merged"
    SUBMISSION_REFUSED = "submission_refused"
    SUBMISSION_WITHDRAWN = "submission_withdrawn"
    LESSON_WRITTEN = "lesson_written"
    LESSON_PUBLISHED = "lesson_published"
    LESSON_WITHDRAWN = "lesson_withdrawn"
    COURSE_PLANNED = "course_planned"


class Audit(Model):
    """One entry. `place` and `digest` are filled by the chaining job, in order of `id`."""

    id = fields.BigIntField(primary_key=True, generated=True)
    key = fields.UUIDField(default=new_id)
    unit_id = fields.UUIDField()  # whose chain it stands in, for good
    seen_by_id = fields.UUIDField()  # whose audit page shows it; a matter sealed upward takes its lines along
    actor_id = fields.UUIDField(null=True)
    act = fields.CharEnumField(Act, max_length=24)
    object_id = fields.UUIDField(null=True)
    detail: dict[str, Any] = fields.JSONField(default=dict)  # never content
    at = UtcDatetimeField()
    place = fields.BigIntField(null=True)
    digest = BytesField(null=True)

    class Meta:
        table = "audit"
        indexes = (("unit_id", "place"), ("seen_by_id", "id"), ("place",), ("object_id",))

    @classmethod
    async def record(
        cls,
        act: Act,
        *,
        unit_id: UUID,
        actor_id: UUID | None,
        object_id: UUID | None = None,
        detail: dict[str, Any] | None = None,
    ) -> None:
        """Insert the entry inside the transaction of the effect it tells of."""
        await cls.line(act, unit_id=unit_id, actor_id=actor_id, object_id=object_id, detail=detail).save()

    @classmethod
    def line(
        cls,
        act: Act,
        *,
        unit_id: UUID,
        actor_id: UUID | None,
        object_id: UUID | None = None,
        detail: dict[str, Any] | None = None,
    ) -> "Audit":
        """An entry not stored yet, for effects that insert many rows at once."""
        return cls(
            unit_id=unit_id,
            seen_by_id=unit_id,
            actor_id=actor_id,
            act=act,
            object_id=object_id,
            detail=detail or {},
            at=clock.now(),
        )

    def hash_after(self, previous: bytes) -> bytes:
        """SHA-256 over the previous digest and this entry, field by field."""
        told = [
            self.key.hex,
            self.unit_id.hex,
            self.actor_id.hex if self.actor_id else "",
            self.act,
            self.object_id.hex if self.object_id else "",
            self.detail,
            self.at.isoformat(),
            self.place,
        ]
        return hashlib.sha256(previous + json.dumps(told, sort_keys=True).encode()).digest()


async def chain() -> int:
    """The chaining job: give every new entry its place and digest in its unit's chain. Answers how many."""
    async with transaction():
        await advisory_lock("audit chain")
        fresh = await Audit.filter(digest__isnull=True).order_by("id").limit(CHAIN_BATCH)
        heads = {unit_id: await _head(unit_id) for unit_id in {entry.unit_id for entry in fresh}}
        for entry in fresh:
            place, digest = heads[entry.unit_id]
            entry.place = place + 1
            entry.digest = entry.hash_after(digest)
            heads[entry.unit_id] = (entry.place, entry.digest)
        if fresh:
            await Audit.bulk_update(fresh, ["place", "digest"], batch_size=200)
        return len(fresh)


async def _head(unit_id: UUID) -> tuple[int, bytes]:
    last = await Audit.filter(unit_id=unit_id, place__not_isnull=True).order_by("-place").first()
    return (last.place or 0, last.digest or b"") if last else (0, b"")


async def is_sound(unit_id: UUID) -> bool:
    """Whether one unit's chain holds from its first entry to the last chained one."""
    return not (await _walk(unit_id))[1]


async def verify() -> tuple[dict[UUID, str], list[str]]:
    """Walk every chain. Answers (head per unit as hex, problems as English lines)."""
    heads: dict[UUID, str] = {}
    problems: list[str] = []
    for row in await Audit.all().distinct().values("unit_id"):
        heads[row["unit_id"]], found = await _walk(row["unit_id"])
        problems += found
    if stragglers := await Audit.filter(Q(digest__isnull=True) | Q(place__isnull=True)).count():
        problems.append(f"{stragglers} entries are not chained yet")
    return heads, problems


async def _walk(unit_id: UUID) -> tuple[str, list[str]]:
    place, digest, walked, problems = 0, b"", 0, list[str]()
    while entries := await Audit.filter(unit_id=unit_id, place__gt=place).order_by("place").limit(1_000):
        for entry in entries:
            if entry.place != place + 1:
                problems.append(f"unit {unit_id}: entry {place + 1} is missing")
            if entry.hash_after(digest) != entry.digest:
                problems.append(f"unit {unit_id}: entry {entry.place} was changed")
            place, digest = entry.place or 0, entry.digest or b""
            walked += 1
    if await Audit.filter(unit_id=unit_id, place__lte=place).count() != walked:
        problems.append(f"unit {unit_id}: entries share a place")  # or one stands before the first
    return digest.hex(), problems
