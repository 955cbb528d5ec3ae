"""Residents who tell a tip, come back with the code and answer the desk, as patiently as real people."""

import asyncio
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from bot.simulator import Message, Person, Simulator
from bot.simulator.errors import NoSuchButtonError, NotHeardError
from locales import t
from models.codes import Code
from models.terms import Concerns, Topic
from tests.faults.variants import STORY

WHOLE_LIFE = 40.0
PATIENCE = (0.2, 0.5, 1.0)
"""Seconds; each further wait is twice as long."""
WAITS_FOR_PING = 1.0
WAYS_ON = ("talk.go_on", "resume.on")
Sight = Callable[[Message], bool]


class GaveUp(Exception):
    """Somebody waited very long for an answer that never came."""


def says(key: str) -> str:
    """What a button or a short sentence reads."""
    return t("zh_CN", key)


def button(key: str) -> Sight:
    """A message with this button."""
    return lambda message: says(key) in message.labels


def words(key: str) -> Sight:
    """A message that begins like this sentence."""
    beginning = says(key).partition("{")[0]
    return lambda message: message.text.startswith(beginning)


@dataclass
class Resident:
    """One person, one chat, one tip."""

    person: Person
    dice: random.Random
    village: str
    with_file: bool
    wants_ping: bool
    code: str = ""
    told: list[str] = field(default_factory=list)
    added: list[str] = field(default_factory=list)
    files: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, sim: Simulator, number: int, dice: random.Random, village: str) -> "Resident":
        """The number decides what kind of person it is."""
        person = sim.person(f"居民{number}", key=f"resident {number} {dice.random()}")
        return cls(person, dice, village, with_file=number % 4 == 0, wants_ping=number % 2 == 0)

    async def live(self) -> None:
        """From the first word to the answer handed in."""
        await self.tells()
        await self.hands_in()
        await self.tracks()
        await self.answers()

    async def tells(self) -> None:
        self.person.starts(self.village)
        await self.sees(button("menu.report"), 0)
        await self.taps("menu.report", button("place.yes"))
        await self.taps("place.yes", words("topic.ask"))
        await self.taps(f"term.Topic.{Topic.SUBSIDIES}", words("concerns.ask"))
        await self.taps(f"term.Concerns.{Concerns.VILLAGE}", words("story.ask"))
        for piece in ("第一段", "第二段"):
            self.told.append(f"{STORY}{piece}{self.dice.randrange(10**9)}")
            self.person.says(self.told[-1])
            await self._breathes()
        if self.with_file:
            letter = f"证明{self.dice.randrange(10**9)}。".encode() * 9000
            self.files = [sha256(letter).hexdigest()]
            self.person.sends_document(letter, "letter.txt", mime="text/plain")

    async def hands_in(self) -> None:
        await self.taps("story.done", button("naming.anonymous"))
        await self.taps("naming.anonymous", button("review.submit"))
        receipt = await self.taps("review.submit", lambda message: "请抄下藏好" in message.text)
        code = Code.parse(receipt.text)
        assert code is not None
        self.code = str(code)
        if self.wants_ping:
            await self.taps("receipt.ping", button("ping.on"))
            await self.taps("ping.on", words("ping.is_on"))
            # The desk may have answered before he wished to be told; then he looks by himself.
            await self._within(WAITS_FOR_PING, words("ping.neutral"), 0)

    async def tracks(self) -> None:
        """With the code, again and again until there is an answer."""
        while True:
            mark = self._mark()
            self.person.says("/track")
            await self.sees(words("track.ask"), mark)
            self.person.says(self.code.lower().replace("-", " "))
            shown = await self.sees(words("track.status"), mark)
            if says("track.answer") in shown.labels:
                return
            await asyncio.sleep(0.2)

    async def answers(self) -> None:
        await self.taps("track.answer", button("adding.done"))
        self.added.append(f"补充{self.dice.randrange(10**9)}")
        self.person.says(self.added[0])
        await self._breathes()
        await self.taps("adding.done", words("adding.taken"))

    async def taps(self, key: str, sight: Sight) -> Message:
        """Press, wait; when nothing comes for a while, press once more, or 接着来 where that is offered."""
        mark, label, patience = self._mark(), says(key), self.dice.choice(PATIENCE)
        while True:
            try:
                self.person.presses(label)
            except NoSuchButtonError as missing:
                raise GaveUp(str(missing)) from None
            if found := await self._within(patience, sight, mark):
                return found
            patience *= 2
            offered = self.person.last.labels if self.person.last.id > mark else []
            label = next((way for way in map(says, WAYS_ON) if way in offered), says(key))

    async def sees(self, sight: Sight, mark: int) -> Message:
        """Wait as long as it takes."""
        found = await self._within(WHOLE_LIFE, sight, mark)
        if found is None:
            raise GaveUp(self.person.describe())
        return found

    async def _within(self, seconds: float, sight: Sight, mark: int) -> Message | None:
        def found() -> Message | None:
            screen = reversed(self.person.screen)
            return next((m for m in screen if m.from_bot and m.id > mark and sight(m)), None)

        try:
            return await self.person.until(found, seconds)
        except NotHeardError:
            return None

    def facts(self) -> dict[str, Any]:
        """What the checker compares with the database."""
        messages = [message.id for message in self.person.screen if not message.from_bot]
        kept = {name: getattr(self, name) for name in ("code", "told", "added", "files")}
        return {**kept, "chat": self.person.id, "messages": messages}

    def describe(self) -> str:
        """What he sees."""
        return self.person.describe()

    def _mark(self) -> int:
        return max((message.id for message in self.person.screen), default=0)

    async def _breathes(self) -> None:
        await asyncio.sleep(self.dice.choice((0.0, 0.0, 0.02)))
