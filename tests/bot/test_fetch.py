import asyncio
import logging
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import unused_port
from telegram import Bot

from bot.backoff import Backoff
from bot.fetch import fetch
from bot.raw import RawUpdate
from bot.transport import DiscreetBot
from bot.watchdog import Health, Watchdog
from tests.bot.bot_api import TOKEN, Answer, BotApi, bot_api, opened, refuses, says


class Telegram:
    """Keeps updates until a later offset confirms them, as the real one does."""

    def __init__(self, api: BotApi, *waiting: Any) -> None:
        self.api, self.waiting = api, list(waiting)
        api.answers["getUpdates"] = self.answer

    async def answer(self, request: web.Request) -> web.StreamResponse:
        asked = await request.json()
        offset = asked.get("offset")
        if offset is not None:
            self.waiting = [one for one in self.waiting if not confirmed(one, offset)]
        if not self.waiting:
            await asyncio.sleep(0.01)
        return web.json_response({"ok": True, "result": self.waiting[: asked["limit"]]})


def confirmed(update: Any, offset: int) -> bool:
    return isinstance(update, dict) and isinstance(number := update.get("update_id"), int) and number < offset


class Kept:
    """A store that commits into a list, or fails as told."""

    def __init__(self) -> None:
        self.batches: list[list[RawUpdate]] = []
        self.failures = 0

    async def __call__(self, updates: list[RawUpdate]) -> None:
        if self.failures:
            self.failures -= 1
            raise OSError("disk full while storing 补贴没到手")
        self.batches.append(updates)

    @property
    def ids(self) -> list[int | None]:
        return [one.update_id for batch in self.batches for one in batch]


class Running:
    """The loop in a task, with pauses that take no time."""

    def __init__(self, bot: Bot, store: Kept) -> None:
        self.watchdog, self.pauses, self.healths = Watchdog(), [], list[Health]()
        self.task = asyncio.create_task(
            fetch(bot, store, self.watchdog, sleep=self.sleep, backoff=Backoff(spread=lambda _, most: most))
        )

    pauses: list[float]

    async def sleep(self, seconds: float) -> None:
        if seconds:
            self.pauses.append(seconds)
            self.healths.append(self.watchdog.state.health)
        await asyncio.sleep(0.001 if seconds else 0)

    async def until(self, condition: Any) -> None:
        async with asyncio.timeout(5):
            while not condition():
                assert not self.task.done()
                await asyncio.sleep(0.002)

    async def kill(self) -> None:
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)


@pytest.fixture
async def api() -> AsyncIterator[BotApi]:
    async with bot_api() as server:
        yield server


@pytest.fixture
async def bot(api: BotApi) -> AsyncIterator[DiscreetBot]:
    async with opened(api.root) as one:
        yield one


@pytest.fixture
def kept() -> Kept:
    return Kept()


@pytest.fixture
async def running(bot: DiscreetBot, kept: Kept) -> AsyncIterator[Running]:
    one = Running(bot, kept)
    one.watchdog.report("connection", Health.OK)
    yield one
    await one.kill()


def numbered(*numbers: int) -> list[dict[str, Any]]:
    return [{"update_id": number, "message": {"text": "补贴没到手"}} for number in numbers]


async def test_updates_are_stored_before_they_are_confirmed(api: BotApi, running: Running, kept: Kept) -> None:
    telegram = Telegram(api, *numbered(7, 8))
    await running.until(lambda: not telegram.waiting)
    asked = api.asked("getUpdates")
    assert "offset" not in asked[0]
    assert asked[1]["offset"] == 9
    assert asked[0]["allowed_updates"] == ["message", "edited_message", "callback_query", "my_chat_member"]
    assert kept.ids == [7, 8]
    assert running.watchdog.state.health is Health.OK


async def test_numbers_that_restart_lower_are_not_overlooked(api: BotApi, running: Running, kept: Kept) -> None:
    telegram = Telegram(api, *numbered(900))
    await running.until(lambda: not telegram.waiting)
    telegram.waiting += numbered(5)
    await running.until(lambda: kept.ids == [900, 5] and not telegram.waiting)


async def test_a_malformed_entry_does_not_poison_its_batch(
    api: BotApi, running: Running, kept: Kept, caplog: pytest.LogCaptureFixture
) -> None:
    odd: list[Any] = ["补贴", None, {"message": "补贴"}, {"update_id": "9"}, {"update_id": 2**70}]
    telegram = Telegram(api, odd[0], *numbered(1), *odd[1:], *numbered(2))
    await running.until(lambda: telegram.waiting == odd and len(api.asked("getUpdates")) > 4)
    assert kept.ids == [None, 1, None, None, None, None, 2]
    assert len(kept.batches) == 1, "nameless entries are handed over once, though Telegram repeats them"
    assert running.pauses, "and they are no reason to ask without a pause"
    telegram.waiting += numbered(3)
    await running.until(lambda: kept.ids[-1] == 3)
    assert "补贴" not in caplog.text


async def test_a_kill_between_receiving_and_storing_loses_nothing(api: BotApi, bot: DiscreetBot, kept: Kept) -> None:
    telegram = Telegram(api, *numbered(1, 2, 3))
    received = asyncio.Event()

    class Slow(Kept):
        async def __call__(self, _: list[RawUpdate]) -> None:
            received.set()
            await asyncio.sleep(60)

    first = Running(bot, Slow())
    await asyncio.wait_for(received.wait(), 5)
    await first.kill()
    assert len(telegram.waiting) == 3
    second = Running(bot, kept)
    await second.until(lambda: kept.ids == [1, 2, 3] and not telegram.waiting)
    await second.kill()


async def test_a_kill_between_storing_and_confirming_brings_duplicates_not_gaps(
    api: BotApi, bot: DiscreetBot, kept: Kept
) -> None:
    telegram = Telegram(api, *numbered(1, 2))
    first = Running(bot, kept)

    async def stuck(_: web.Request) -> web.StreamResponse:
        return await asyncio.sleep(0.2, web.Response(status=502))

    await first.until(lambda: kept.batches)
    api.answers["getUpdates"] = stuck
    await first.kill()
    before = list(kept.ids)
    api.answers["getUpdates"] = telegram.answer
    second = Running(bot, kept)
    await second.until(lambda: not telegram.waiting)
    await second.kill()
    assert set(kept.ids) == {1, 2}
    assert before == [1, 2]


async def test_a_store_that_fails_gets_the_same_updates_again(
    api: BotApi, running: Running, kept: Kept, caplog: pytest.LogCaptureFixture
) -> None:
    kept.failures = 3
    telegram = Telegram(api, *numbered(1, 2))
    await running.until(lambda: not telegram.waiting)
    assert kept.ids == [1, 2]
    assert running.healths[:3] == [Health.NOT_STORED] * 3
    assert running.watchdog.state.health is Health.OK
    assert "补贴" not in caplog.text


async def test_an_answer_lost_on_the_way_is_asked_for_again(api: BotApi, running: Running, kept: Kept) -> None:
    telegram = Telegram(api, *numbered(1))

    async def drop(request: web.Request) -> web.StreamResponse:
        assert request.transport is not None
        api.answers["getUpdates"] = telegram.answer
        request.transport.close()
        return web.Response()

    api.answers["getUpdates"] = drop
    await running.until(lambda: kept.ids == [1] and not telegram.waiting)


@pytest.mark.parametrize(
    ("refusal", "health"),
    [
        (refuses(401, "Unauthorized"), Health.TOKEN_REFUSED),
        (refuses(404, "Not Found"), Health.TOKEN_REFUSED),
        (refuses(409, "Conflict: terminated by other getUpdates request"), Health.CONFLICT),
        (refuses(502, "Bad Gateway"), Health.UNREACHABLE),
        (says({"not": "a list"}), Health.UNREACHABLE),
    ],
)
async def test_a_refusal_is_reported_and_outlived(
    api: BotApi,
    running: Running,
    kept: Kept,
    caplog: pytest.LogCaptureFixture,
    refusal: Answer,
    health: Health,
) -> None:
    caplog.set_level(logging.INFO, "bot")
    api.answers["getUpdates"] = refusal
    await running.until(lambda: len(running.pauses) >= 8)
    assert running.watchdog.state.health is health
    assert running.pauses[:8] == [1, 2, 4, 8, 16, 32, 60, 60]
    Telegram(api, *numbered(1))
    await running.until(lambda: running.watchdog.state.health is Health.OK)
    assert kept.ids == [1]
    lines = [record.message for record in caplog.records if "fetch" in record.message]
    assert len(lines) == 2, "one line for each change"
    assert TOKEN not in caplog.text


async def test_flood_control_is_waited_out(api: BotApi, running: Running) -> None:
    api.answers["getUpdates"] = refuses(429, "Too Many Requests", retry_after=13)
    await running.until(lambda: running.pauses)
    assert running.pauses[0] == 13


async def test_a_forgotten_webhook_is_lifted_and_keeps_its_updates(api: BotApi, running: Running, kept: Kept) -> None:
    telegram = Telegram(api, *numbered(1))

    async def lift(_: web.Request) -> web.StreamResponse:
        api.answers["getUpdates"] = telegram.answer
        return web.json_response({"ok": True, "result": True})

    api.answers["deleteWebhook"] = lift
    api.answers["getUpdates"] = refuses(
        409, "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook first"
    )
    await running.until(lambda: kept.ids == [1])
    assert api.asked("deleteWebhook")[0].get("drop_pending_updates") is not True


async def test_a_network_that_goes_and_comes_back_loses_nothing(kept: Kept) -> None:
    port = unused_port()
    async with opened(f"http://127.0.0.1:{port}") as bot:
        running = Running(bot, kept)
        running.watchdog.report("connection", Health.OK)
        await running.until(lambda: running.watchdog.state.health is Health.UNREACHABLE)
        for number in (1, 2):
            async with bot_api(port) as api:
                telegram = Telegram(api, *numbered(number))
                await running.until(lambda telegram=telegram: not telegram.waiting)
                await running.until(lambda: running.watchdog.state.health is Health.OK)
            await running.until(lambda: running.watchdog.state.health is Health.UNREACHABLE)
        await running.kill()
    assert kept.ids == [1, 2]


async def test_an_idle_bot_looks_alive_at_once_after_trouble(api: BotApi, running: Running) -> None:
    Telegram(api)
    await running.until(lambda: len(api.asked("getUpdates")) > 2)
    waits = [asked["timeout"] for asked in api.asked("getUpdates")]
    assert waits[:3] == [0, 30, 30]


def test_the_watchdog_shows_the_worst() -> None:
    watchdog = Watchdog()
    watchdog.report("connection", Health.OK)
    watchdog.report("fetch", Health.CONFLICT)
    watchdog.report("delivery", Health.UNREACHABLE)
    assert (watchdog.state.health, watchdog.state.source) == (Health.CONFLICT, "fetch")
    watchdog.report("fetch", Health.OK)
    assert watchdog.state.source == "delivery"
