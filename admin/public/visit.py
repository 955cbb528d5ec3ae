"""One form as it comes in: what was posted, the draft behind it, and in which language it is answered."""

from dataclasses import dataclass, field
from typing import Self
from uuid import UUID

from aiohttp import web

from admin.public.config import CONFIG
from admin.public.incoming import receive
from admin.public.pages import LANGUAGE
from admin.public.posted import Posted, Taken, Untaken
from locales import LANGUAGES
from models import clock
from models.draft import Draft, Telling
from models.errors import Invalid
from models.sealing import new_secret
from models.terms import UnitKind
from models.text import clean
from models.unit import Tree


@dataclass(slots=True)
class Visit:
    """What a view works with. `secret` is the form's own, minted here when the form had none yet."""

    request: web.Request
    posted: Posted
    secret: bytes = field(repr=False)
    draft: Draft

    @classmethod
    async def arrive(cls, request: web.Request) -> Self:
        """Read the form and find its draft."""
        posted = await receive(request, request.app[CONFIG].patience)
        request[LANGUAGE] = spoken(posted)
        secret = posted.secret or new_secret()
        return cls(request, posted, secret, posted.draft or await Draft.of_form(secret))

    @property
    def telling(self) -> Telling:
        """The tip being told."""
        return self.draft.telling

    @property
    def question(self) -> str:
        """Which question the form answers."""
        return self.posted.text("question")

    @property
    def act(self) -> tuple[str, str]:
        """Which button was pressed, and on what: `edit.place` is ("edit", "place")."""
        name, _, rest = self.posted.text("do").partition(".")
        return name, rest

    @property
    def told_in(self) -> float:
        """Seconds since the form was begun; none when it just was."""
        return clock.now().timestamp() - float(self.draft.talk.get("begun", clock.now().timestamp()))

    def begin(self) -> None:
        """Note when it was begun: a flood tells faster than a person. The note goes with the draft."""
        self.draft.talk.setdefault("begun", clock.now().timestamp())

    async def hang_files(self, telling: Telling) -> None:
        """Hang what came on the draft. The same file sent twice, as by a double tap, is one file."""
        known: dict[str, list[str | int]] = self.draft.talk.setdefault("files", {})
        here = {known[part.file][2] for part in telling.parts if part.file in known}
        twice = []
        for taken in self.posted.taken:
            if taken.digest in here:
                twice.append(taken)
                continue
            telling.add_file(taken.file.id, taken.file.kind)
            known[taken.file.id.hex] = [taken.name, taken.size, taken.digest]
            here.add(taken.digest)
        await Posted(taken=twice).give_back()
        self.posted.taken.clear()

    async def take_down(self, telling: Telling, file: str) -> None:
        """Take one file off again, at once and for good."""
        if any(part.file == file for part in telling.parts):
            telling.parts = [part for part in telling.parts if part.file != file]
            await give_up(file)

    async def let_go(self) -> None:
        """The draft is gone. Files that came for it go as well, each with a word about it."""
        names = [taken.name for taken in self.posted.taken]
        shown = [*self.shown_files(self.telling), *self.shown_files(self.draft.adding)]
        names += [file.name for file in shown if await give_up(file.id)]
        self.posted.untaken += [Untaken(name, Invalid("file.lost")) for name in names]

    def shown_files(self, telling: Telling) -> list["ShownFile"]:
        """The files of the telling, as the page lists them."""
        known = self.draft.talk.get("files", {})
        return [
            ShownFile(part.file, part.kind, *known.get(part.file, ["", 0])[:2]) for part in telling.parts if part.file
        ]


@dataclass(frozen=True, slots=True)
class ShownFile:
    """One kept file on the page."""

    id: str
    kind: str
    name: str
    size: int


async def give_up(file: str) -> bool:
    """A kept file goes: row, key and bytes. False when a tip has it now, or nobody."""
    from models.attachment import Attachment

    row = await Attachment.get_or_none(id=UUID(hex=file), tip_id=None)
    if row:
        await Posted(taken=[Taken(row, "", 0, "")]).give_back()
    return row is not None


def spoken(posted: Posted) -> str:
    """The language just chosen, or the one of the page it came from."""
    chosen = posted.text("speak") or posted.text("lang")
    return chosen if chosen in LANGUAGES else ""


def rewrite(telling: Telling, text: str) -> None:
    """On the page the words are one text, which may be written anew. Invalid when they are too many."""
    before = telling.parts
    telling.parts = [part for part in before if part.file]
    if not clean(text):
        return
    try:
        telling.add_text(text)
    except Invalid:
        telling.parts = before
        raise
    telling.parts.insert(0, telling.parts.pop())


def station_in(units: Tree, text: str) -> UUID | None:
    """The station named on a poster; anything else is ignored."""
    try:
        node = units.get(UUID(hex=text))
    except ValueError:
        return None
    return node.id if node and node.kind in {UnitKind.STATION, UnitKind.VILLAGE} else None
