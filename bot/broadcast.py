"""Broadcasting: takes leases from the ledger, sends each letter at most once, and writes down how it went.

A lease is committed before its letter is sent. What surely was not sent goes back; what may have been sent is unknown
and stays so. After such a doubt nothing is sent until Telegram has answered a harmless question.
"""

import asyncio
import logging
import time

from telegram import Bot
from telegram.error import BadRequest, Forbidden, InvalidToken, TelegramError

from bot.backoff import Backoff
from bot.call import call
from bot.carrying import Carrier, Parcel, Unsendable
from bot.delivery import UNSAYABLE
from bot.door import chat_of
from bot.keep_on import keep_on
from bot.lanes import Priority
from bot.limiter import Limiter
from bot.refusals import NotSent, SlowDown
from bot.render import keyboard, words
from bot.watchdog import Health, Watchdog, health_in
from models import ledger
from models.ledger import Letter, Settled
from models.terms import LedgerState

BATCH = 30
"""One second's worth: what a crash makes unknown."""
IN_HAND = 2 * BATCH
LOOK_EVERY = 1.0
SETTLE_EVERY = 0.25
CATCH_UP = 0.5
"""So much of a pause (a slow database, a long step) is made good by going faster."""
PATIENCE = 45.0
"""How long a letter waits for its turn before it goes back: its lease must outlive the sending."""
_log = logging.getLogger(__name__)


class Broadcast:
    """One sender of broadcasts. Several may share a ledger; each shares its limiter with the answers of its process."""

    def __init__(self, bot: Bot, limiter: Limiter, watchdog: Watchdog) -> None:
        self._bot, self._limiter, self._watchdog = bot, limiter, watchdog
        self._carrier = Carrier(bot)
        self._outcomes: list[Settled] = []
        self._settling = asyncio.Lock()
        self._tasks: set[asyncio.Task[None]] = set()
        self._room = asyncio.Event()
        self._beat = 0.0  # when the last letter was due to begin
        self._doubt = False
        self._stopping = False

    @property
    def busy(self) -> bool:
        """Whether letters are in hand or not settled yet."""
        return bool(self._tasks or self._outcomes)

    async def run(self) -> None:
        """Until cancelled. What is in hand then is for `drain`."""
        self._stopping = False
        async with asyncio.TaskGroup() as group:
            group.create_task(keep_on("broadcasting", self._take_on))
            group.create_task(keep_on("settling broadcasts", self._settle_on))

    async def drain(self) -> None:
        """At a graceful stop: what is on the wire arrives, what waits for its turn goes back."""
        self._stopping = True
        while self._tasks:
            await asyncio.wait(self._tasks)
        await self.settle()

    async def settle(self) -> None:
        """Write down what happened so far, in one commit."""
        async with self._settling:
            outcomes, self._outcomes = self._outcomes, []
            if not outcomes:
                return
            try:
                await ledger.settle(outcomes)
            except BaseException:
                self._outcomes = outcomes + self._outcomes
                raise

    async def _take_on(self) -> None:
        while True:
            if self._doubt:
                await self._until_well()
            letters = await ledger.lease(BATCH)
            await self._hand_out(letters)
            if not letters:
                await asyncio.sleep(LOOK_EVERY)
            while len(self._tasks) > IN_HAND - BATCH:
                self._room.clear()
                await self._room.wait()

    async def _hand_out(self, letters: list[Letter]) -> None:
        """Evenly: thirty at once would leave a second in which no answer to a person finds its turn."""
        waiting = letters[::-1]
        try:
            while waiting:
                now = time.monotonic()
                self._beat = max(self._beat + self._limiter.beat, now - CATCH_UP)
                await asyncio.sleep(max(0.0, self._beat - now))
                self._begin(waiting.pop())
        finally:
            self._outcomes += [Settled(one.row, one.lease_id, LedgerState.QUEUED) for one in waiting]

    async def _settle_on(self) -> None:
        while True:
            await self.settle()
            await asyncio.sleep(SETTLE_EVERY)

    async def _until_well(self) -> None:
        """Telegram went silent in the middle of a letter. The rest waits until it answers again."""
        backoff = Backoff(most=30.0)
        while True:
            try:
                await call(self._bot, "getMe")
            except TelegramError as error:
                self._watchdog.report("broadcast", health_in(error))
                await asyncio.sleep(backoff.pause())
            else:
                self._watchdog.report("broadcast", Health.OK)
                self._doubt = False
                return

    def _begin(self, letter: Letter) -> None:
        task = asyncio.get_running_loop().create_task(self._deliver(letter))
        self._tasks.add(task)
        task.add_done_callback(self._end)

    def _end(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        self._room.set()

    async def _deliver(self, letter: Letter) -> None:
        """Whatever happens, the letter is settled: as what we know of it, and unknown if we know nothing."""
        state = LedgerState.UNKNOWN
        try:
            state = await self._send(letter)
        except asyncio.CancelledError:
            raise
        except Exception as error:  # noqa: BLE001  one letter must not stop the others
            _log.error("a letter of a broadcast came to nothing: %s", type(error).__name__)
        finally:
            self._outcomes.append(Settled(letter.row, letter.lease_id, state, letter.contact.id))

    async def _send(self, letter: Letter) -> LedgerState:
        try:
            chat, language = chat_of(letter.contact.address()), letter.contact.language
            text, buttons = words(letter.say, language), keyboard(letter.say, language)
        except UNSAYABLE:
            return LedgerState.FAILED
        try:
            async with self._carrier.parcel(letter.say.media) as parcel:
                if not await self._turn(chat) or self._stopping or self._doubt or not await ledger.may_go(letter):
                    return LedgerState.QUEUED
                return await self._speak(letter, parcel, chat, text, buttons)
        except Unsendable:
            await ledger.hold_up(letter.campaign_id)
            return LedgerState.QUEUED

    async def _turn(self, chat: int) -> bool:
        try:
            async with asyncio.timeout(PATIENCE):
                await self._limiter.slot(chat, Priority.BROADCAST)
        except TimeoutError:
            return False
        return True

    async def _speak(self, letter: Letter, parcel: Parcel, chat: int, text: str, buttons: object) -> LedgerState:
        try:
            await parcel.send(chat, text, buttons)
        except Unsendable:  # here, before the next letter has its turn to bring the file
            await ledger.hold_up(letter.campaign_id)
        except SlowDown as told:
            self._limiter.refused(chat, told.seconds)
        except (NotSent, InvalidToken):
            self._doubt = True
        except Forbidden:
            return LedgerState.BLOCKED
        except BadRequest as refusal:
            return LedgerState.BLOCKED if "chat not found" in refusal.message.lower() else LedgerState.FAILED
        except TelegramError:  # a lost answer, a broken gateway: it may have arrived
            self._doubt = True
            return LedgerState.UNKNOWN
        else:
            return LedgerState.SENT
        return LedgerState.QUEUED  # it surely was not sent
