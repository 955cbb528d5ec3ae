"""Drafts: what somebody has said but not handed in. Locked under the transit key, gone after 72 hours."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from tortoise import fields
from tortoise.models import Model

from models import clock
from models.contact import Contact
from models.db import IdField, SealedField, UtcDatetimeField, for_update, new_id, transaction
from models.errors import Gone, Invalid
from models.house import house
from models.outbox import Choice, Lane, Outbox, Say, by_name
from models.sealing import Purpose, derive, new_secret
from models.terms import Answer, CampaignKind, Concerns, Hosting, Topic
from models.text import MAX_TIP, clean

LIFE = timedelta(hours=72)
THREAD_LIFE = timedelta(minutes=30)
NUDGE_BEFORE = timedelta(hours=24)
PAUSE = timedelta(seconds=4)
"""How long somebody must be silent before the chat says, once, what has come in."""
MAX_FILES = 20
MOST_PROPOSED = 900
"""Characters of what an officer proposes: a picture or a film may stand above them on the readers' phones."""
MOST_PROPOSED_FILES = 5
WAY_BACK = Choice("menu.back", "!start")
"""Beneath what a job says where it has cleared everything else away."""
OF_A_THREAD = frozenset({"thread", "adding", "afraid", "new_code", "later_name", "later_reach", "later_safe"})
"""Questions of the chat that only make sense while a thread is open."""
PASSING = ("afraid", "later")
"""What was said at them and not handed in goes when the thread closes."""


@dataclass(slots=True)
class Part:
    """One piece of the story: words, or a file. `mark` is the edge's own message number."""

    text: str = ""
    file: str = ""  # attachment id, hex
    kind: str = ""  # photo, voice …
    mark: int = 0


@dataclass(slots=True)
class Telling:
    """A tip being told, in the order of the questions. Empty values mean: not asked yet."""

    secret: str = field(default_factory=lambda: new_secret().hex())  # the receipt is made from it
    place: str = ""  # unit id, hex
    topic: Topic | str = ""
    concerns: Concerns | str = ""
    parts: list[Part] = field(default_factory=list)
    naming: str = ""  # "", "anonymous", "named"
    name: str = ""
    reach: str = ""
    safe: str = ""  # how to reach him without harm
    care: bool = False  # "only I know this"
    before: str = ""  # he told of it before: "yes", or the earlier tip's id in hex, when he had its code
    own: bool = False  # begun in his own words: the topic is left to the desk
    answer: Answer | str = ""  # taken in at a desk: who is to hear how it ends
    sender: str = ""  # and which office passed it on

    def add_text(self, text: str, mark: int = 0) -> None:
        """Add words. Invalid when empty after cleaning or when the whole grows too long."""
        text = clean(text)
        if not text:
            raise Invalid("story.empty")
        if self.length() + len(text) > MAX_TIP:
            raise Invalid("story.too_long", most=MAX_TIP, left=max(0, MAX_TIP - self.length()))
        self.parts.append(Part(text=text, mark=mark))

    def add_file(self, attachment_id: UUID, kind: str, mark: int = 0) -> None:
        """Add a file already noted as an Attachment. Invalid beyond twenty."""
        self.require_room()
        self.parts.append(Part(file=attachment_id.hex, kind=kind, mark=mark))

    def require_room(self) -> None:
        """Invalid when it has all the files it can have."""
        if len(self.files()) >= MAX_FILES:
            raise Invalid("story.too_many_files", most=MAX_FILES)

    def rewrite(self, mark: int, text: str) -> bool:
        """The teller edited an earlier message. False when it is none of these parts."""
        for part in self.parts:
            if part.mark == mark and part.text and clean(text):
                part.text = clean(text)[: MAX_TIP - self.length() + len(part.text)]
                return True
        return False

    def length(self) -> int:
        """Characters of all words together."""
        return sum(len(part.text) for part in self.parts)

    def words(self) -> str:
        """All words, as one text."""
        return "\n".join(part.text for part in self.parts if part.text)

    def files(self) -> list[UUID]:
        """Ids of the attachments, in order."""
        return [UUID(hex=part.file) for part in self.parts if part.file]

    def count(self, kind: str) -> int:
        """How many parts are of this kind; "text" counts words."""
        return sum((part.kind or "text") == kind for part in self.parts)

    def next_question(self) -> str:
        """The first question without an answer, or "review". Every door asks in this order."""
        named = self.naming == "named"
        answers: dict[str, object] = {
            "place": self.place,
            "topic": self.topic or self.own,
            "concerns": self.concerns,
            "story": self.parts,
            "naming": self.naming,
            "name": self.name or not named,
            "reach": self.reach or not named,
            "safe": self.safe or not named,
        }
        return next((question for question, answer in answers.items() if not answer), "review")

    @property
    def begun(self) -> bool:
        """Whether anything was said that would be a pity to lose."""
        return bool(self.parts or self.place)


@dataclass(slots=True)
class Hosted:
    """Somebody else is telling in an officer's chat. The telling is his; nothing of it stays in that chat."""

    way: Hosting
    station: str  # unit id, hex
    handed_in: bool = False  # and not cleared yet

    def __post_init__(self) -> None:
        self.way = Hosting(self.way)  # which comes back from storage as a word

    @property
    def station_id(self) -> UUID:
        """Where the officer serves; nothing else of him goes with the tip."""
        return UUID(hex=self.station)


@dataclass(slots=True)
class Proposing:
    """What an officer is writing to his township: a reminder, or something to learn from. It is no tip."""

    kind: CampaignKind
    parts: list[Part] = field(default_factory=list)
    day: str = ""  # asked for, in ISO form; "-": left to the office
    festival: str = ""  # the day is the one before this
    mends: str = ""  # the submission that was returned to him, in hex

    def __post_init__(self) -> None:
        self.kind = CampaignKind(self.kind)
        self.parts = [part if isinstance(part, Part) else Part(**part) for part in self.parts]

    def add_text(self, text: str, mark: int = 0) -> None:
        """Add words. Invalid when the whole grows too long to be sent with a picture; what was there stays."""
        text = clean(text)
        if not text:
            raise Invalid("story.empty")
        room = MOST_PROPOSED - len(self.words())
        if len(text) > room:
            raise Invalid("submission.words_long", most=MOST_PROPOSED, over=len(text) - room)
        self.parts.append(Part(text=text, mark=mark))

    def add_file(self, attachment_id: UUID, kind: str, mark: int = 0) -> None:
        """Add a file already noted as an Attachment."""
        self.parts.append(Part(file=attachment_id.hex, kind=kind, mark=mark))

    def require_room(self) -> None:
        """Invalid when it has all the files it can have."""
        if len(self.files()) >= MOST_PROPOSED_FILES:
            raise Invalid("submission.too_many_files", most=MOST_PROPOSED_FILES)

    def rewrite(self, mark: int, text: str) -> bool:
        """He edited an earlier message. False when it is none of these parts, or too long now."""
        for part in self.parts:
            words = clean(text)
            if part.mark == mark and part.text and words:
                fits = len(self.words()) - len(part.text) + len(words) <= MOST_PROPOSED
                part.text = words if fits else part.text
                return fits
        return False

    def words(self) -> str:
        """All words, as one text."""
        return "\n".join(part.text for part in self.parts if part.text)

    def files(self) -> list[UUID]:
        """Ids of the attachments, in order."""
        return [UUID(hex=part.file) for part in self.parts if part.file]

    def count(self, kind: str) -> int:
        """How many parts are of this kind; "text" counts words."""
        return sum((part.kind or "text") == kind for part in self.parts)


@dataclass(frozen=True, slots=True)
class OpenedThread:
    """A thread the reporter opened with his code, kept for thirty minutes so that he need not type it again."""

    tip_id: str
    reporter_secret: str = field(repr=False)
    until: str
    receipt_id: str = ""  # whose code opened it; drafts of 0002 know of none, and are closed

    @property
    def alive(self) -> bool:
        """Whether the thirty minutes have not passed."""
        return clock.now() < datetime.fromisoformat(self.until)


class Draft(Model):
    """One contact's conversation: the tip being told, what is being added to another, and where the talk stands."""

    id = IdField()
    contact: fields.OneToOneNullableRelation[Contact] = fields.OneToOneField(
        "models.Contact", related_name="draft", null=True
    )
    contact_id: UUID | None  # None: a form on the web, known by its secret alone
    body: bytes = SealedField()
    pause_at: datetime | None = UtcDatetimeField(null=True)
    close_at: datetime | None = UtcDatetimeField(null=True)  # when an opened thread must be forgotten
    nudge_at: datetime | None = UtcDatetimeField(null=True)  # when its teller is reminded, once, that it waits
    expires_at: datetime = UtcDatetimeField()

    class Meta:
        table = "draft"
        indexes = (("pause_at",), ("close_at",), ("nudge_at",), ("expires_at",))

    telling: Telling
    adding: Telling
    talk: dict[str, Any]
    thread: OpenedThread | None
    hosted: Hosted | None
    proposing: Proposing | None
    _as_loaded: str
    _stored: bool
    _files: set[UUID]

    @classmethod
    def blank(cls, contact_id: UUID | None, draft_id: UUID | None = None) -> "Draft":
        """A conversation that has not begun."""
        draft = cls(id=draft_id or new_id(), contact_id=contact_id, body=b"", expires_at=clock.now() + LIFE)
        draft.telling, draft.adding, draft.talk = Telling(), Telling(), {}
        draft.thread = draft.hosted = draft.proposing = None
        draft._as_loaded, draft._stored, draft._files = "", False, set()
        return draft

    @classmethod
    async def of_form(cls, form_secret: bytes) -> "Draft":
        """The draft behind a form on the web. Row and receipt both grow from the form's secret (ADR 0007)."""
        draft_id = UUID(bytes=derive(form_secret, "form draft", 16))
        known = await cls.get_or_none(id=draft_id, expires_at__gt=clock.now())
        if known:
            return known.unlock()
        draft = cls.blank(None, draft_id)
        draft.telling.secret = derive(form_secret, "form telling").hex()
        return draft

    async def keep(self) -> None:
        """Store what was answered so far. Gone when it was handed in or given up since it was loaded: it stays so."""
        from models.attachment import forget_dropped  # files know drafts, not the other way round

        if self.lock_changes():
            async with transaction():
                await forget_dropped([self])
                await self._write()

    async def _write(self) -> None:
        kept = {name: getattr(self, name) for name in ("body", "close_at", "expires_at")}
        if not self._stored:
            await Draft.bulk_create([self], on_conflict=["id"], update_fields=list(kept))
            self._stored = True
        elif not await Draft.filter(id=self.id).update(**kept):
            raise Gone

    async def drop(self) -> None:
        """Forget it. Its files are left to the files' own sweeper, unless a tip has them now."""
        async with transaction():
            await Draft.filter(id=self.id).delete()

    async def drop_as_loaded(self) -> None:
        """Forget it with what was done with it, in the caller's transaction. Gone when another page changed it."""
        if not await Draft.filter(id=self.id, body=self.body).delete():
            raise Gone

    def unlock(self) -> "Draft":
        """Read what lies under the transit key."""
        self._as_loaded = house().keys.transit.unlock(self.body, Purpose.DRAFT, self.id).decode()
        told = json.loads(self._as_loaded)
        self.telling, self.adding, self.talk = _telling(told["telling"]), _telling(told["adding"]), told["talk"]
        self.thread = OpenedThread(**told["thread"]) if told["thread"] else None
        self.hosted = Hosted(**hosted) if (hosted := told.get("hosted")) else None  # drafts of 0002 know of none
        self.proposing = Proposing(**begun) if (begun := told.get("proposing")) else None  # nor do those of 0003
        self._files, self._stored = self._named(), True
        return self

    def lock_changes(self) -> bool:
        """Lock the present state for saving, alive for another 72 hours. False when nothing changed."""
        told = json.dumps(
            {
                "telling": _told(self.telling),
                "adding": _told(self.adding),
                "talk": self.talk,
                "thread": by_name(self.thread) if self.thread else None,
                "hosted": by_name(self.hosted) if self.hosted else None,
                "proposing": _told(self.proposing) if self.proposing else None,
            }
        )
        if told == self._as_loaded:
            return False
        self.body = house().keys.transit.lock(told.encode(), Purpose.DRAFT, self.id)
        self.expires_at = clock.now() + LIFE
        self.nudge_at = self.expires_at - NUDGE_BEFORE if self._waits_unnudged() else None
        return True

    def _waits_unnudged(self) -> bool:
        waits = self.telling.begun or bool(self.adding.parts) or self.proposing is not None
        own = self.contact_id is not None and self.hosted is None
        return waits and own and not self.talk.get("nudged")

    def keep_open(self, tip_id: UUID, reporter_secret: bytes, receipt_id: UUID) -> None:
        """The reporter opened this thread; for thirty minutes he need not type the code again."""
        self.close_at = clock.now() + THREAD_LIFE
        self.thread = OpenedThread(tip_id.hex, reporter_secret.hex(), self.close_at.isoformat(), receipt_id.hex)

    def close_thread(self) -> None:
        """Forget the opened thread. What was being added stays, with the tip it is for, until the code comes again."""
        if self.thread and self.adding.parts:
            self.talk["adding_to"] = self.thread.tip_id
        for passing in PASSING:
            self.talk.pop(passing, None)
        self.thread, self.close_at = None, None

    def adding_to(self) -> str:
        """The tip for which pieces wait that are not handed in; empty when none do."""
        if not self.adding.parts:
            return ""
        return self.thread.tip_id if self.thread else str(self.talk.get("adding_to", ""))

    def forget_addition(self) -> None:
        """It was handed in, or given up."""
        self.adding, self.pause_at = Telling(), None
        for name in ("adding_to", "verdict"):
            self.talk.pop(name, None)

    def host(self, way: Hosting, station_id: UUID) -> None:
        """From here on somebody else is telling in this chat; nothing told before is shown to him."""
        self.start_over()
        self.forget_addition()
        self.close_thread()
        self.hosted = Hosted(way, station_id.hex)
        self.stay_hosting()

    def stay_hosting(self) -> None:
        """He is still there: the session ends thirty minutes after its last step."""
        self.close_at = clock.now() + THREAD_LIFE

    def end_hosting(self) -> None:
        """Nothing of the session stays: no words, no files, no open question."""
        self.start_over()
        self.forget_addition()
        self.talk = {"no": self.talk.get("no", 0) + 1}
        self.hosted = self.thread = self.close_at = None

    def heard_something(self) -> None:
        """A piece came in; after a pause the chat will say, once, that it is not handed in yet."""
        self.pause_at = clock.now() + PAUSE

    def dropped_files(self) -> set[UUID]:
        """Files it named when it was loaded and names no more. What a tip has not taken meanwhile is to go."""
        return self._files - self._named()

    def _named(self) -> set[UUID]:
        proposed = self.proposing.files() if self.proposing else []
        return {*self.telling.files(), *self.adding.files(), *proposed}

    def start_over(self) -> None:
        """A new telling with a new secret. The old one's files are left to the sweeper."""
        self.telling, self.pause_at = Telling(), None
        self.talk.pop("nudged", None)


SavedSay = Callable[["Draft"], Say | None]


async def pauses(say: SavedSay, limit: int = 100) -> int:
    """The job behind "not handed in yet": drafts whose teller has paused are answered, once each."""
    async with transaction():
        due = await for_update(Draft.filter(pause_at__lte=clock.now()).limit(limit), skip_locked=True)
        said = [(d.contact_id, words) for d in due if d.contact_id and (words := say(d.unlock()))]
        await Draft.filter(id__in=[draft.id for draft in due]).update(pause_at=None)
        await Outbox.put(said, lane=Lane.INTERACTIVE)
        return len(due)


async def nudge(say: SavedSay, limit: int = 100) -> int:
    """The job that reminds, once and neutrally, that something was not handed in, a day before it goes."""
    async with transaction():
        due = await for_update(Draft.filter(nudge_at__lte=clock.now()).limit(limit), skip_locked=True)
        said = []
        for draft in due:
            words = say(draft.unlock())
            draft.talk["nudged"] = True
            draft.lock_changes()
            await draft.save(update_fields=["body", "nudge_at"])  # the reminder itself prolongs nothing
            if draft.contact_id and words:
                said.append((draft.contact_id, words))
        await Outbox.put(said, lane=Lane.NOTICE)
        return len(said)


async def forget_threads(limit: int = 100) -> int:
    """The job that closes what was opened and left for thirty minutes. It opens transit rows only.

    A session in an officer's chat that nobody ended is ended, and its messages are cleared away there.
    """
    from models.attachment import forget_dropped  # files know drafts, not the other way round

    async with transaction():
        due = await for_update(Draft.filter(close_at__lte=clock.now()).limit(limit), skip_locked=True)
        cleared = [draft.contact_id for draft in due if draft.unlock().hosted and draft.contact_id]
        for draft in due:
            _forget_opened(draft)
            draft.lock_changes()
            await draft.save(update_fields=["body", "pause_at", "close_at", "nudge_at"])
        await forget_dropped(due)
        say = Say("hosting.timed_out", choices=((WAY_BACK,),), act={"wipe": True})
        await Outbox.put([(contact_id, say) for contact_id in cleared], lane=Lane.INTERACTIVE)
        return len(due)


def _forget_opened(draft: Draft) -> None:
    if draft.hosted:
        draft.end_hosting()
        return
    draft.close_thread()
    if draft.talk.get("screen") in OF_A_THREAD:  # another question he is at stays open
        draft.talk.pop("screen")


async def sweep() -> int:
    """The job that lets unfinished drafts go after 72 hours. Their files are left to the files' own sweeper."""
    async with transaction():
        return await Draft.filter(expires_at__lt=clock.now()).delete()


def _told(telling: Telling | Proposing) -> dict[str, Any]:
    return {**by_name(telling), "parts": [by_name(part) for part in telling.parts]}


def _telling(told: dict[str, Any]) -> Telling:
    told["parts"] = [Part(**part) for part in told["parts"]]
    return Telling(**told)
