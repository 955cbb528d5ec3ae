"""Delivery: takes outbox rows, renders them, sends them in each chat's order, and writes down how it went.

Telegram has no idempotency key. After a crash or a lost answer a reply is sent again: at least once.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Coroutine
from typing import Any
from uuid import UUID

from telegram import Bot, InlineKeyboardMarkup, InputFile
from telegram.error import BadRequest, Forbidden, NetworkError, TelegramError

from bot.call import call
from bot.carrying import Carrier, Unsendable
from bot.door import chat_of
from bot.keep_on import keep_on
from bot.lanes import Priority
from bot.limiter import Limiter
from bot.refusals import SlowDown
from bot.render import keyboard, qr_picture, told_by_picture, words
from bot.watchdog import Watchdog, health_in
from locales import t
from models import outbox
from models.contact import Contact, forget_traces, traces_of
from models.outbox import Lane, Outbox, Outcome, Say
from models.sealing import Refused

SETTLE_EVERY = 0.1
LOOK_EVERY = 1.0
RETRY_FIRST, RETRY_MOST = 2.0, 300.0
WIPE_AT_ONCE = 100
UNSAYABLE = (LookupError, TypeError, ValueError, Refused)
"""Trying again would not help: no such sentence, a parameter missing, a key that is gone."""
PRIORITY = {
    Lane.INTERACTIVE: Priority.INTERACTIVE,
    Lane.NOTICE: Priority.NOTICE,
    Lane.BROADCAST: Priority.BROADCAST,
}
_log = logging.getLogger(__name__)


class Delivery:
    """One sender for one bot token."""

    def __init__(self, bot: Bot, limiter: Limiter, watchdog: Watchdog) -> None:
        self._bot, self._limiter, self._watchdog = bot, limiter, watchdog
        self._carrier = Carrier(bot)
        self._chats: dict[UUID, deque[Outbox]] = {}
        self._held: set[UUID] = set()  # rows in our hands, so that looking again does not take them twice
        self._resting: dict[UUID, UUID] = {}  # chats whose first row must wait, and that row
        self._outcomes: list[Outcome] = []
        self._news = asyncio.Event()
        self._settling = asyncio.Lock()
        self._tasks: set[asyncio.Task[None]] = set()

    def offer(self, rows: list[Outbox]) -> None:
        """Rows just committed in this process. Where an earlier one must wait, they are found in the table."""
        self._take([row for row in rows if row.contact_id not in self._resting])

    def _take(self, rows: list[Outbox]) -> None:
        for row in rows:
            if row.id in self._held:
                continue
            self._held.add(row.id)
            waiting = self._chats.get(row.contact_id)
            if waiting is not None:
                waiting.append(row)
            else:
                self._chats[row.contact_id] = deque([row])
                self._start(self._speak(row.contact_id))

    @property
    def busy(self) -> bool:
        """Whether somebody is being spoken to."""
        return bool(self._tasks)

    async def run(self) -> None:
        """Look for rows of other processes and of before a crash; settle what was sent. Until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(keep_on("looking for answers", self._look))
            group.create_task(keep_on("settling answers", self._settle_on))

    async def drain(self) -> None:
        """At a graceful stop: send what is in hand, settle it."""
        while self._tasks:
            await asyncio.wait(self._tasks)
        await self.settle()

    async def settle(self) -> None:
        """Write down what was sent so far."""
        async with self._settling:
            outcomes, self._outcomes = self._outcomes, []
            if not outcomes:
                return
            try:
                await outbox.settle(outcomes)
            except BaseException:
                self._outcomes = outcomes + self._outcomes
                raise
            self._held -= {outcome.row.id for outcome in outcomes}

    async def _look(self) -> None:
        while True:
            async with self._settling:  # a row settled between reading and offering would be said twice
                rows = await outbox.queued()
                # A chat whose first row is not settled yet still looks due in the table.
                due = [row for row in rows if self._resting.get(row.contact_id) not in self._held]
                for row in due:
                    self._resting.pop(row.contact_id, None)
                self._take(due)
            await asyncio.sleep(LOOK_EVERY)

    async def _settle_on(self) -> None:
        self._news.set()  # what an earlier failure left unsettled
        while True:
            await self._news.wait()
            self._news.clear()
            await self.settle()
            await asyncio.sleep(SETTLE_EVERY)

    async def _speak(self, contact_id: UUID) -> None:
        """One chat's rows, in order. A row that must wait holds back the ones behind it."""
        waiting = self._chats[contact_id]
        try:
            known = waiting[0].contact
            contact = known if isinstance(known, Contact) else await Contact.get(id=contact_id)
            while waiting:
                outcome = await self._send(waiting[0], contact)
                row = waiting.popleft()
                self._outcomes.append(outcome)
                self._news.set()
                if outcome.retry_in is not None:
                    self._resting[contact_id] = row.id
                    return
        finally:
            self._held -= {row.id for row in waiting}
            del self._chats[contact_id]

    async def _send(self, row: Outbox, contact: Contact) -> Outcome:
        chat = chat_of(contact.address())
        await self._limiter.slot(chat, PRIORITY[row.lane])
        try:
            message = await self._say(chat, contact, row.say())
        except SlowDown as told:
            self._limiter.refused(chat, told.seconds)
            return Outcome(row, retry_in=told.seconds)
        except Forbidden:
            return Outcome(row, blocked=True)
        except BadRequest as refusal:
            return Outcome(
                row, blocked="chat not found" in refusal.message.lower(), failed="chat" not in refusal.message
            )
        except TelegramError as error:
            self._watchdog.report("delivery", health_in(error))
            soon = min(RETRY_FIRST * 2**row.tries, RETRY_MOST)
            return Outcome(row, retry_in=soon if isinstance(error, NetworkError) else RETRY_MOST)
        except Exception as error:  # noqa: BLE001  one row that cannot be said must not silence its chat for ever
            _log.error("an answer could not be made: %s", type(error).__name__)
            return Outcome(row, failed=True) if isinstance(error, UNSAYABLE) else Outcome(row, retry_in=RETRY_FIRST)
        return Outcome(row, message=message)

    async def _say(self, chat: int, contact: Contact, say: Say) -> int:
        if say.act.get("wipe"):
            await self._wipe(chat, contact)
        text, buttons = words(say, contact.language), keyboard(say, contact.language)
        if told := say.media and told_by_picture(say, contact.language, lambda: self._bot.link):
            photo = InputFile(await asyncio.to_thread(qr_picture, told), filename="code.png")
            markup = InlineKeyboardMarkup.de_json(buttons, self._bot) if buttons else None
            return (await self._bot.send_photo(chat, photo, caption=text, reply_markup=markup)).message_id
        try:
            async with self._carrier.parcel(say.media) as parcel:
                sent = await parcel.send(chat, text, buttons)
        except Unsendable:  # the words at least
            text = f"{text}\n\n{t(contact.language, 'material.left_out')}"
            sent = await call(self._bot, "sendMessage", chat_id=chat, text=text, reply_markup=buttons)
        return int(sent["message_id"])

    async def _wipe(self, chat: int, contact: Contact) -> None:
        """清掉: what was said on both sides, as far back as Telegram allows."""
        await self.settle()
        ids = await traces_of(contact.id)
        for start in range(0, len(ids), WIPE_AT_ONCE):
            try:
                await self._bot.delete_messages(chat, ids[start : start + WIPE_AT_ONCE])
            except BadRequest:
                continue  # some are older than 48 hours; the words of wipe.done say so
        await forget_traces(contact.id, ids)

    def _start(self, speaking: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(speaking)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
