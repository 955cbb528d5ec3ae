"""Drafts: what somebody has said but not handed in. Locked under the transit key, gone after 72 hours."""

import json
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from tortoise import fields
from tortoise.models import Model

from models import clock
from models.contact import Contact
from models.db import BytesField, IdField, UtcDatetimeField, new_id
from models.errors import Invalid
from models.house import house
from models.sealing import Purpose, new_secret
from models.terms import Concerns, Topic
from models.text import MAX_TIP, clean

LIFE = timedelta(hours=72)
PAUSE = timedelta(seconds=4)
"""How long somebody must be silent before the chat says, once, what has come in."""
MAX_FILES = 20


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
        if len(self.files()) >= MAX_FILES:
            raise Invalid("story.too_many_files", most=MAX_FILES)
        self.parts.append(Part(file=attachment_id.hex, kind=kind, mark=mark))

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

    def files(self) -> list[UUID]:
        """Ids of the attachments, in order."""
        return [UUID(hex=part.file) for part in self.parts if part.file]

    def count(self, kind: str) -> int:
        """How many parts are of this kind; "text" counts words."""
        return sum((part.kind or "text") == kind for part in self.parts)

    @property
    def begun(self) -> bool:
        """Whether anything was said that would be a pity to lose."""
        return bool(self.parts or self.place)


class Draft(Model):
    """One contact's conversation: the tip being told, and where the talk stands."""

    id = IdField()
    contact: fields.OneToOneRelation[Contact] = fields.OneToOneField("models.Contact", related_name="draft")
    contact_id: UUID
    body = BytesField()
    pause_at: datetime | None = UtcDatetimeField(null=True)
    expires_at: datetime = UtcDatetimeField()

    class Meta:
        table = "draft"
        indexes = (("pause_at",), ("expires_at",))

    telling: Telling
    talk: dict[str, Any]
    _as_loaded: str

    @classmethod
    def blank(cls, contact_id: UUID) -> "Draft":
        """A conversation that has not begun."""
        draft = cls(id=new_id(), contact_id=contact_id, body=b"", expires_at=clock.now() + LIFE)
        draft.telling, draft.talk, draft._as_loaded = Telling(), {}, ""
        return draft

    def unlock(self) -> "Draft":
        """Read what lies under the transit key."""
        self._as_loaded = house().keys.transit.unlock(self.body, Purpose.DRAFT, self.id).decode()
        told = json.loads(self._as_loaded)
        telling = told["telling"]
        telling["parts"] = [Part(**part) for part in telling["parts"]]
        self.telling, self.talk = Telling(**telling), told["talk"]
        return self

    def lock_changes(self) -> bool:
        """Lock the present state for saving, alive for another 72 hours. False when nothing changed."""
        told = json.dumps({"telling": asdict(self.telling), "talk": self.talk})
        if told == self._as_loaded:
            return False
        self.body = house().keys.transit.lock(told.encode(), Purpose.DRAFT, self.id)
        self.expires_at = clock.now() + LIFE
        return True

    def start_over(self) -> None:
        """A new telling with a new secret. The old one's files are left to the sweeper."""
        self.telling, self.pause_at = Telling(), None
