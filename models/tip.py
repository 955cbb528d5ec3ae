"""A tip: what a reporter said about a matter of public power, sealed for the offices that may know of it.

Every tip has a secret T. A unit sees the tip through an Access row, which holds T sealed to one of its rings;
no unit's key is ever sealed to another. From T comes R, the reporter's secret: it opens the story and the
thread, not the office's notes. The receipt code opens R. Who the reporter is lies under a third ring that
those who handle the tip do not hold.
"""

import json
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from tortoise import fields
from tortoise.models import Model

from models import clock, offices
from models.access import Access, Counter, seal_access
from models.attachment import Attachment, FileState
from models.codes import Code
from models.db import IdField, SealedField, advisory_lock, new_id, savepoint, transaction
from models.deadline import Deadline, Rule
from models.draft import Telling
from models.errors import Conflict, Invalid, NotOpen
from models.event import Event, Happening
from models.receipt import Identity, Receipt
from models.ring import Ring
from models.routing import Route
from models.sealing import Purpose, derive, lock, new_secret, public_of, seal
from models.terms import Channel, Concerns, RingPurpose, TipKind, TipStatus, Topic
from models.unit import Node, tree


class Tip(Model):
    """In clear stands only what routing, deadlines and statistics need; the rest are envelopes."""

    id = IdField()
    unit_id: UUID = fields.UUIDField()  # who handles it
    place_id: UUID = fields.UUIDField()
    station_id: UUID | None = fields.UUIDField(null=True)
    kind = fields.CharEnumField(TipKind, max_length=12, default=TipKind.ACCUSATION)
    topic = fields.CharEnumField(Topic, max_length=4)
    concerns = fields.CharEnumField(Concerns, max_length=16)
    channel = fields.CharEnumField(Channel, max_length=8)
    named = fields.BooleanField()
    status = fields.CharEnumField(TipStatus, max_length=16, default=TipStatus.RECEIVED)
    arrived_on: date = fields.DateField()
    official_no = fields.CharField(max_length=32, default="")
    lines: int = fields.IntField(default=0)  # of the thread so far
    reporter_public: bytes = SealedField()  # R's public half: anyone may add, only R reads
    narrative: bytes = SealedField()  # under R
    summary: bytes | None = SealedField(null=True)  # under T; written by a person, free of the reporter

    class Meta:
        table = "tip"
        indexes = (("unit_id", "status"),)

    @classmethod
    async def file(
        cls,
        telling: Telling,
        *,
        channel: Channel,
        draft_id: UUID | None = None,
        station_id: UUID | None = None,
    ) -> "Filed":
        """Seal the telling for the offices its route allows, and make the receipt.

        Telling it twice files it once: the receipt grows from the telling's own secret. NotOpen when nobody
        here may take it, and then nothing is stored; Invalid when something is still missing; Corrupt when
        an office's key was exchanged.
        """
        _require_whole(telling)
        code = Code.from_secret(bytes.fromhex(telling.secret))
        if known := await Receipt.find(code):
            return await Filed.again(code, known[0])
        way = await offices.find_route(UUID(hex=telling.place), Concerns(telling.concerns))
        if way is None:
            raise NotOpen("tip.nobody_may_take_it")
        filing = Filing(telling, way, channel, station_id)
        # The savepoint takes a half-stored tip back also where a caller's step goes on after our error.
        async with transaction(), savepoint():
            # One filing at a time: the same telling sent twice side by side is found here, and since every
            # filing takes several units' counters, two could otherwise wait for each other.
            await advisory_lock("filing")
            if known := await Receipt.find(code):
                return await Filed.again(code, known[0])
            return await filing.store(code, await _files(telling, draft_id))

    def reporter_secret(self, tip_secret: bytes) -> bytes:
        """R, which opens the conversation but not the office's notes."""
        return reporter_secret(tip_secret)

    async def next_line(self) -> int:
        """The place of the next line in the thread, inside the caller's transaction."""
        self.lines += 1
        await self.save(update_fields=["lines"])
        return self.lines


@dataclass(frozen=True, slots=True)
class Filed:
    """What the reporter is told: his code, who will see it and who will not."""

    code: Code
    tip_id: UUID
    handler: Node
    overseer: Node | None
    kept_from: tuple[Node, ...]
    named: bool

    @classmethod
    async def again(cls, code: Code, tip_id: UUID) -> "Filed":
        """The same receipt once more, told from the Access rows as they are."""
        tip = await Tip.get(id=tip_id)
        way = await offices.find_route(tip.place_id, tip.concerns)
        units = await tree()
        rows = await Access.filter(tip_id=tip_id)
        over = next((row.unit_id for row in rows if row.purpose is RingPurpose.OVERSIGHT), None)
        overseer = units.get(over) if over != tip.unit_id else None
        holders = {row.unit_id for row in rows}
        kept_from = tuple(node for node in way.kept_from if node.id not in holders) if way else ()
        return cls(code, tip_id, units[tip.unit_id], overseer, kept_from, tip.named)


@dataclass(slots=True)
class Filing:
    """One tip on its way into the database."""

    telling: Telling
    route: Route
    channel: Channel
    station_id: UUID | None

    async def store(self, code: Code, files: list[Attachment]) -> Filed:
        """Everything of the tip in the caller's transaction, or nothing."""
        secret, today = new_secret(), clock.today()
        tip = self._tip(secret, today)
        access = [await self._access(tip, secret, self.route.handler, RingPurpose.CASE, len(files))]
        if self.route.overseer:
            access.append(await self._access(tip, secret, self.route.overseer, RingPurpose.OVERSIGHT, len(files)))
        deadline = self._deadline(tip)
        for row in access:
            row.due_on = deadline.due_on
        await tip.save(force_create=True)
        await Access.bulk_create(access)
        await Receipt.make(code, reporter_secret(secret), tip.id).save(force_create=True)
        await Event.bulk_create([Event.of(Happening.ARRIVED, tip_id=tip.id, unit_id=row.unit_id) for row in access])
        await deadline.save(force_create=True)
        if self.telling.naming == "named":
            await self._identity(tip, secret)
        for file in files:
            file.relock(reporter_secret(secret), tip.id)
            await file.save()
        return Filed(code, tip.id, self.route.handler, self.route.overseer, self.route.kept_from, tip.named)

    def _tip(self, secret: bytes, today: date) -> Tip:
        tip_id, reporter = new_id(), reporter_secret(secret)
        return Tip(
            id=tip_id,
            unit_id=self.route.handler.id,
            place_id=UUID(hex=self.telling.place),
            station_id=self.station_id,
            topic=Topic(self.telling.topic or Topic.UNSORTED),
            concerns=Concerns(self.telling.concerns),
            channel=self.channel,
            named=self.telling.naming == "named",
            arrived_on=today,
            reporter_public=public_of(reporter),
            narrative=lock(reporter, self._narrative(), Purpose.NARRATIVE, tip_id),
        )

    def _narrative(self) -> bytes:
        parts = [{"text": p.text} if p.text else {"file": p.file, "kind": p.kind} for p in self.telling.parts]
        return json.dumps({"v": 1, "parts": parts, "care": self.telling.care}).encode()

    async def _access(self, tip: Tip, secret: bytes, unit: Node, purpose: RingPurpose, files: int) -> Access:
        ring, access_id = await offices.ring_of(unit.id, purpose), new_id()
        return Access(
            id=access_id,
            tip_id=tip.id,
            unit_id=unit.id,
            ring_id=ring.id,
            purpose=purpose,
            secret=seal_access(ring, secret, access_id),
            arrived_no=await Counter.next(unit.id, purpose),
            arrived_on=tip.arrived_on,
            topic=tip.topic,
            place_id=tip.place_id,
            concerns=tip.concerns,
            channel=tip.channel,
            named=tip.named,
            files=files,
        )

    def _deadline(self, tip: Tip) -> Deadline:
        rule = Rule.TELL_ACCEPTANCE if tip.named else Rule.SCREEN
        return Deadline.start(rule, tip_id=tip.id, unit_id=tip.unit_id, on=tip.arrived_on)

    async def _identity(self, tip: Tip, secret: bytes) -> None:
        """Two layers: handler alone and custodian alone open nothing."""
        if self.route.custodian is None:
            raise Invalid("tip.no_custodian")
        ring: Ring = await offices.ring_of(self.route.custodian.id, RingPurpose.CUSTODY)
        identity_id = new_id()
        who = {"name": self.telling.name, "reach": self.telling.reach, "safe": self.telling.safe}
        inner = seal(ring.checked_public(), json.dumps(who).encode(), Purpose.IDENTITY_INNER, identity_id)
        outer = lock(reporter_secret(secret), inner, Purpose.IDENTITY_OUTER, identity_id)
        await Identity.create(id=identity_id, tip_id=tip.id, custody_ring_id=ring.id, envelope=outer)


def reporter_secret(tip_secret: bytes) -> bytes:
    """R of T."""
    return derive(tip_secret, "reporter")


def _require_whole(telling: Telling) -> None:
    """Invalid names the question that has no answer yet."""
    for value, question in (
        (telling.place, "place"),
        (telling.concerns, "concerns"),
        (telling.parts, "story"),
        (telling.naming, "naming"),
        (telling.naming != "named" or (telling.name and telling.reach), "name"),
    ):
        if not value:
            raise Invalid("tip.missing", question=question)


async def _files(telling: Telling, draft_id: UUID | None) -> list[Attachment]:
    """The telling's files, all fetched. Conflict while some are still on their way."""
    wanted = telling.files()
    if not wanted:
        return []
    files = await Attachment.filter(id__in=wanted, draft_id=draft_id).exclude(state=FileState.REFUSED)
    if waiting := sum(file.state is FileState.WANTED for file in files):
        raise Conflict("tip.files_on_their_way", n=waiting)
    return files
