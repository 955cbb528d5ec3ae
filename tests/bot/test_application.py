import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from telegram import Update
from telegram.ext import (
    ApplicationHandlerStop,
    CallbackQueryHandler,
    CommandHandler,
    ConversationHandler,
    MessageHandler,
    filters,
)

from bot.application import StepApplication, StepContext, build_application, feed
from bot.connect import connect
from bot.watchdog import Health, Watchdog
from tests.bot.bot_api import BotApi, bot_api, opened, refuses, says

Said = list[str]
Context = StepContext[Said]


def message(text: str, number: int = 1, chat: int = 1) -> dict[str, Any]:
    person = {"id": chat, "first_name": "王", "is_bot": False}
    body = {"message_id": number, "date": 1, "chat": {"id": chat, "type": "private"}, "from": person}
    entities = [{"type": "bot_command", "offset": 0, "length": 6}] if text.startswith("/start") else []
    return {"update_id": number, "message": body | {"text": text, "entities": entities}}


async def note(update: Update, context: Context) -> None:
    assert update.effective_message is not None
    await asyncio.sleep(0)
    context.turn.append(update.effective_message.text or "")


async def fail(_: Update, __: Context) -> None:
    raise LookupError("half a step")


@pytest.fixture
async def api() -> AsyncIterator[BotApi]:
    async with bot_api() as server:
        yield server


@pytest.fixture
async def application(api: BotApi) -> AsyncIterator[StepApplication]:
    async with opened(api.root) as bot:
        one = build_application(bot)
        async with one:
            yield one


async def test_a_handler_gets_the_turn_of_its_own_update(application: StepApplication) -> None:
    application.add_handler(MessageHandler(filters.TEXT, note))
    turns: list[Said] = [[] for _ in range(20)]
    fed = [feed(application, message(f"话{n}", n), turn) for n, turn in enumerate(turns)]
    assert await asyncio.gather(*fed) == [True] * 20
    assert turns == [[f"话{n}"] for n in range(20)]


async def test_an_update_nobody_takes_is_reported(application: StepApplication) -> None:
    application.add_handler(CallbackQueryHandler(note))
    assert await feed(application, message("话"), []) is False
    assert await feed(application, {"update_id": 3, "a_kind_of_2030": {"id": 1}}, []) is False


async def test_an_exception_in_a_handler_comes_out(application: StepApplication) -> None:
    application.add_handler(MessageHandler(filters.TEXT, fail))
    later: Said = []
    application.add_handler(MessageHandler(filters.TEXT, note), group=1)
    with pytest.raises(LookupError, match="half a step"):
        await feed(application, message("话"), later)
    assert later == []


async def test_an_update_that_cannot_be_parsed_comes_out_and_is_not_logged(
    application: StepApplication, caplog: pytest.LogCaptureFixture
) -> None:
    application.add_handler(MessageHandler(filters.TEXT, note))
    for broken in ({"update_id": 1, "message": {"text": "补贴没到手"}}, {"message": "补贴没到手"}):
        with pytest.raises((TypeError, AttributeError, KeyError)):
            await feed(application, broken, [])
    assert "补贴" not in caplog.text


async def test_a_context_that_cannot_be_built_comes_out_and_is_not_logged(
    application: StepApplication, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("no context")

    application.add_handler(MessageHandler(filters.TEXT, note))
    monkeypatch.setattr("bot.application.StepContext.__init__", broken)
    with pytest.raises(RuntimeError, match="no context"):
        await feed(application, message("补贴没到手"), [])
    assert "补贴" not in caplog.text


async def test_updates_come_in_through_feed_only(
    application: StepApplication, caplog: pytest.LogCaptureFixture
) -> None:
    application.add_handler(MessageHandler(filters.TEXT, note))
    update = Update.de_json(message("补贴没到手"), application.bot)
    with pytest.raises(TypeError):
        await application.process_update(update)
    assert "补贴" not in caplog.text


async def test_stopping_other_handlers_is_no_failure(application: StepApplication) -> None:
    async def stop(update: Update, context: Context) -> None:
        await note(update, context)
        raise ApplicationHandlerStop

    application.add_handler(MessageHandler(filters.TEXT, stop))
    application.add_handler(MessageHandler(filters.TEXT, fail), group=1)
    said: Said = []
    assert await feed(application, message("话"), said) is True
    assert said == ["话"]


async def test_commands_are_understood_after_the_bot_knows_its_name(application: StepApplication) -> None:
    application.add_handler(CommandHandler("start", note))
    assert await feed(application, message("/start abc"), [])
    assert not await feed(application, message("/stare abc"), [])


async def test_there_is_no_other_memory(application: StepApplication) -> None:
    seen: list[object] = []

    async def look(_: Update, context: Context) -> None:
        seen.extend([context.user_data, context.chat_data, context.bot_data])

    application.add_handler(MessageHandler(filters.TEXT, look))
    await feed(application, message("话"), [])
    assert seen == [None, None, None]
    assert not application.user_data
    assert not application.chat_data
    assert application.updater is None
    assert application.persistence is None


async def test_what_would_write_outside_its_step_is_refused(application: StepApplication) -> None:
    with pytest.raises(ValueError, match="transaction"):
        application.add_handler(MessageHandler(filters.TEXT, note, block=False))
    with pytest.raises(TypeError, match="drafts"):
        application.add_handler(ConversationHandler([], {}, []))


async def test_a_start_without_telegram_waits_for_it(api: BotApi) -> None:
    pauses: list[float] = []
    watchdog = Watchdog()
    api.answers["getMe"] = refuses(502, "Bad Gateway")

    async def sleep(pause: float) -> None:
        pauses.append(pause)
        if len(pauses) == 2:
            assert watchdog.state.health is Health.UNREACHABLE
            api.answers["getMe"] = refuses(401, "Unauthorized")
        if len(pauses) == 3:
            assert watchdog.state.health is Health.TOKEN_REFUSED
            api.answers["getMe"] = says({"id": 4242, "is_bot": True, "first_name": "x", "username": "q"})

    async with opened(api.root) as bot:
        application = build_application(bot)
        await connect(application, watchdog, sleep=sleep)
        assert bot.username == "q"
        assert watchdog.state.health is Health.OK
        await application.shutdown()
    assert len(pauses) == 3
