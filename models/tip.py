"""A tip: what a reporter said about a matter of public power, sealed for the offices that may know of it.

Every tip has a secret T. A unit sees the tip through an Access row, which holds T sealed to one of its rings;
no unit's key is ever sealed to another. From T comes R, the reporter's secret: it opens the story and the
thread, not the office's notes. The receipt code opens R. Who the reporter is lies under a third ring that
those who handle the tip do not hold.
"""

import json
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from tortoise import fields
from tortoise.exceptions import IntegrityError
from tortoise.models import Model

from models import clock, offices
from models.access import Access, Counter, seal_access
from models.attachment import Attachment, FileState
from models.audit import Act, Audit
from models.codes import Code
from models.custody import Spare, seal_identity
from models.db import IdField, SealedField, advisory_lock, atomic, for_update, insert, new_id
from models.deadline import Deadline, Rule
from models.draft import Draft, Telling
from models.errors import Conflict, Invalid, NotFound, NotOpen
from models.event import Event, Happening
from models.receipt import Identity, Receipt
from models.ring import Ring
from models.routing import Route
from models.sealing import Purpose, derive, lock, new_secret, public_of
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
    official_no = fields.CharField(max_length=96, default="")
    lines: int = fields.IntField(default=0)  # of the thread so far
    objected = fields.BooleanField(default=False, db_default=False)  # the reporter waits for a second answer
    rests = fields.BooleanField(default=False, db_default=False)  # he accepted the answer, or his objection got one
    platform_on: date | None = fields.DateField(null=True)  # registered there, where MODE is front_door
    emptied = fields.BooleanField(default=False, db_default=False)  # and its words are here no more
    reporter_public: bytes = SealedField()  # R's public half: anyone may add, only R reads
    narrative: bytes = SealedField()  # under R
    summary: bytes | None = SealedField(null=True)  # under T; written by a person, free of the reporter
    lifted: bytes | None = SealedField(null=True)  # under T; see models/lifted.py

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
        quarantined: bool = False,
        clerk_id: UUID | None = None,
        form: Draft | None = None,
    ) -> "Filed":
        """Seal the telling for the offices its route allows, and make the receipt.

        Telling it twice files it once: the receipt grows from the telling's own secret. NotOpen when nobody
        here may take it, and then nothing is stored; Invalid when something is still missing; Corrupt when
        an office's key was exchanged. `quarantined`: it came in a flood, and the desk lists it apart. `clerk_id`: who
        wrote it down for somebody; the entry about that stands with the office that handles the tip, nowhere else.
        `form`: the draft of a form, forgotten in the same moment; Gone when another page changed it meanwhile.
        """
        _require_whole(telling)
        code = Code.from_secret(bytes.fromhex(telling.secret))
        if known := await Receipt.find(code):
            return await Filed.again(code, known[0])
        way = await offices.find_route(UUID(hex=telling.place), Concerns(telling.concerns))
        if way is None:
            raise NotOpen("tip.nobody_may_take_it")
        filing = await Filing.seal(telling, way, channel, station_id)
        for row in filing.access:
            row.quarantined = quarantined
        try:
            # Where a caller's step goes on after our error, a half-stored tip is taken back too.
            async with atomic():
                # One filing at a time: every filing takes several units' counters, two could wait for each other.
                await advisory_lock("filing")
                filed = await filing.store(code, await fetched_files(telling, draft_id))
                if clerk_id:
                    handler = filed.handler.id
                    await Audit.record(Act.TAKEN_IN, unit_id=handler, actor_id=clerk_id, object_id=filed.tip_id)
                if form:
                    await form.drop_as_loaded()
                return filed
        except IntegrityError:
            # The same telling sent twice side by side meets the receipt that came a moment earlier.
            if known := await Receipt.find(code):
                return await Filed.again(code, known[0])
            raise

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
    async def known(cls, telling: Telling) -> "Filed | None":
        """The receipt of a telling that was handed in before; None when it was not."""
        code = Code.from_secret(bytes.fromhex(telling.secret))
        found = await Receipt.find(code)
        return await cls.again(code, found[0]) if found else None

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
    """One tip on its way into the database: sealed before the database is locked, stored in a moment."""

    telling: Telling
    route: Route
    channel: Channel
    station_id: UUID | None
    tip: Tip
    access: list[Access]
    identity: tuple[Identity | Spare, ...]
    _secret: bytes = field(repr=False)

    @classmethod
    async def seal(cls, telling: Telling, route: Route, channel: Channel, station_id: UUID | None) -> "Filing":
        """Make every envelope. Corrupt when an office's key was exchanged; Invalid without a custodian to a name."""
        readers = [(route.handler.id, RingPurpose.CASE)]
        if route.overseer:
            readers.append((route.overseer.id, RingPurpose.OVERSIGHT))
        keepers = [(node.id, RingPurpose.CUSTODY) for node in route.keepers]
        named = telling.naming == "named"
        if named and not keepers:
            raise Invalid("tip.no_custodian")
        rings = await offices.rings_of([*readers, *keepers] if named else readers)
        secret = new_secret()
        tip = _tip(telling, route, channel, station_id, reporter_secret(secret))
        access = [_access(tip, secret, ring) for ring in rings[: len(readers)]]
        identity = _identity(telling, tip.id, secret, rings[len(readers) :]) if named else ()
        return cls(telling, route, channel, station_id, tip, access, identity, secret)

    async def store(self, code: Code, files: list[Attachment]) -> Filed:
        """Everything of the tip in the caller's transaction, or nothing."""
        tip, reporter = self.tip, reporter_secret(self._secret)
        deadline = self._deadline()
        numbers = await Counter.next_of_each([(row.unit_id, row.purpose) for row in self.access])
        for row, number in zip(self.access, numbers, strict=True):
            row.arrived_no, row.files, row.due_on = number, len(files), deadline.due_on
        receipt = Receipt.make(code, reporter, tip.id)
        arrivals = [Event.of(Happening.ARRIVED, tip_id=tip.id, unit_id=row.unit_id) for row in self.access]
        await insert(tip, *self.access, receipt, *arrivals, deadline, *self.identity)
        for file in files:
            file.relock(reporter, tip.id)
            await file.save()
        return Filed(code, tip.id, self.route.handler, self.route.overseer, self.route.kept_from, tip.named)

    def _deadline(self) -> Deadline:
        rule = Rule.TELL_ACCEPTANCE if self.tip.named else Rule.SCREEN
        return Deadline.start(rule, tip_id=self.tip.id, unit_id=self.tip.unit_id, on=self.tip.arrived_on)


def _tip(telling: Telling, route: Route, channel: Channel, station_id: UUID | None, reporter: bytes) -> Tip:
    tip_id = new_id()
    return Tip(
        id=tip_id,
        unit_id=route.handler.id,
        place_id=UUID(hex=telling.place),
        station_id=station_id,
        topic=Topic(telling.topic or Topic.UNSORTED),
        concerns=Concerns(telling.concerns),
        channel=channel,
        named=telling.naming == "named",
        arrived_on=clock.today(),
        reporter_public=public_of(reporter),
        narrative=lock(reporter, _narrative(telling), Purpose.NARRATIVE, tip_id),
    )


def _narrative(telling: Telling) -> bytes:
    parts = [{"text": p.text} if p.text else {"file": p.file, "kind": p.kind} for p in telling.parts]
    told = {"v": 1, "parts": parts, "care": telling.care}
    if telling.before:
        told["before"] = telling.before
    if telling.answer:
        told["answer"], told["sender"] = telling.answer, telling.sender
    # Chinese as it is: escapes would double what is stored. json.loads reads half a surrogate back the same way.
    return json.dumps(told, ensure_ascii=False).encode(errors="surrogatepass")


def _access(tip: Tip, secret: bytes, ring: Ring) -> Access:
    access_id = new_id()
    return Access(
        id=access_id,
        tip_id=tip.id,
        unit_id=ring.unit_id,
        ring_id=ring.id,
        purpose=ring.purpose,
        secret=seal_access(ring, secret, access_id),
        arrived_no=0,  # taken when it is stored
        arrived_on=tip.arrived_on,
        topic=tip.topic,
        place_id=tip.place_id,
        concerns=tip.concerns,
        channel=tip.channel,
        named=tip.named,
    )


def _identity(telling: Telling, tip_id: UUID, secret: bytes, rings: list[Ring]) -> tuple[Identity | Spare, ...]:
    who = {"name": telling.name, "reach": telling.reach, "safe": telling.safe}
    identity, spares = seal_identity(tip_id, reporter_secret(secret), rings, who)
    return (identity, *spares)


def reporter_secret(tip_secret: bytes) -> bytes:
    """R of T."""
    return derive(tip_secret, "reporter")


async def hold_still(tip_id: UUID) -> Tip:
    """Lock the matter until the caller's transaction ends: who has it, checked from here on, stays true. NotFound when
    it is gone.
    """
    tip = await for_update(Tip.filter(id=tip_id)).get_or_none()
    if tip is None:
        raise NotFound
    return tip


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


async def fetched_files(telling: Telling, draft_id: UUID | None) -> list[Attachment]:
    """The telling's files, all fetched. Conflict while some are still on their way."""
    wanted = telling.files()
    if not wanted:
        return []
    files = await Attachment.filter(id__in=wanted, draft_id=draft_id, tip_id=None).exclude(state=FileState.REFUSED)
    if waiting := sum(file.state is FileState.WANTED for file in files):
        raise Conflict("tip.files_on_their_way", n=waiting)
    return files
