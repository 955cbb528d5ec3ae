"""What comes in at the front door is served once, in its order, whatever comes; what goes out arrives."""

import asyncio
import itertools
import json
import logging
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from telegram import Update
from telegram.ext import MessageHandler, filters

from bot import delivery, files, keep_on
from bot.dialogue.handlers import Context
from bot.limiter import Limiter
from bot.runner import running
from bot.simulator import Message, Person, Simulator
from models import inbox, outbox
from models.attachment import Attachment
from models.contact import Contact
from models.db import Database, DatabaseBusy, transaction
from models.draft import Draft
from models.inbox import Inbox, Served
from models.outbox import Lane, Outbox, Say, Sending
from tests.bot.conftest import Phone
from tests.world import World

SECRET_WORDS = "去年的补贴没发"


@asynccontextmanager
async def at_work(sim: Simulator, api: str, world: World) -> AsyncIterator[Phone]:
    limiter = Limiter(per_second=1000, burst=1000, pace=0.001)
    async with running(token=sim.token, api_root=api, limiter=limiter) as bot:
        yield Phone(sim, sim.person("李阿姨", key="li"), bot, world)


async def parts_of(phone: Phone) -> list[str]:
    [draft] = [one.unlock() for one in await Draft.all()]
    assert phone
    return [part.text for part in draft.telling.parts]


def body_of(sim: Simulator, update_id: int) -> dict[str, Any]:
    """The update as Telegram would send it once more."""
    [body] = [update.body for _, update in sim.world.updates.waiting() if update.id == update_id]
    told: dict[str, Any] = json.loads(body)
    return told


async def until(condition: Any, seconds: float = 8) -> None:
    async with asyncio.timeout(seconds):
        while not await condition():  # noqa: ASYNC110  a database rings no bell
            await asyncio.sleep(0.01)


async def confirmed(sim: Simulator) -> None:
    async def nothing_waits() -> bool:
        return not len(sim.world.updates)

    await until(nothing_waits)


def heard(person: Person) -> list[Message]:
    return [message for message in person.screen if message.from_bot]


async def test_an_update_delivered_twice_is_served_once_even_after_a_restart(
    database: Database, world: World, sim: Simulator
) -> None:
    assert database
    async with sim.running() as api:
        async with at_work(sim, api, world) as phone:
            await phone.reaches_story()
            number = phone.person.says(SECRET_WORDS)
            again = body_of(sim, number)
            await phone.served(number)
            sim.push(again, number)
            await confirmed(sim)
            await phone.does("第二段。")
        async with at_work(sim, api, world) as phone:
            sim.push(again, number)
            await confirmed(sim)
            await phone.does("第三段。")
            assert await parts_of(phone) == [SECRET_WORDS, "第二段。", "第三段。"]
    assert await Inbox.filter(update_id=number).count() == 1


async def test_updates_with_numbers_out_of_order_are_all_served_as_they_came(phone: Phone) -> None:
    await phone.reaches_story()
    for jump, words in ((7, "一。"), (3, "二。"), (9, "三。"), (1, "四。")):
        number = phone.person.says(words)
        raw = body_of(phone.sim, number)
        phone.sim.world.updates.clear()
        phone.sim.push(raw, number + 100 * jump)
        await confirmed(phone.sim)
    await phone.bot.idle()
    assert await parts_of(phone) == ["一。", "二。", "三。", "四。"]


async def test_numbers_that_restart_lower_are_served(phone: Phone) -> None:
    await phone.reaches_story()
    await phone.does("一。")
    phone.sim.restart_ids(17)
    await phone.does("二。", "三。")
    assert await parts_of(phone) == ["一。", "二。", "三。"]


@pytest.mark.parametrize(
    "message",
    [
        SECRET_WORDS,
        {"text": SECRET_WORDS},
        {"chat": SECRET_WORDS},
        {"chat": {"type": "private"}, "text": SECRET_WORDS},
        {"message_id": "x", "chat": {"id": [], "type": "private"}, "text": SECRET_WORDS},
    ],
)
async def test_what_nobody_can_parse_holds_up_nobody_and_is_in_no_log(
    phone: Phone, message: object, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    await phone.reaches_story()
    number = phone.sim.push({"message": message})
    await phone.does("一。", "二。")
    assert await parts_of(phone) == ["一。", "二。"]
    assert (await Inbox.get(update_id=number)).state in {Served.DEAD, Served.DONE}
    assert SECRET_WORDS not in caplog.text


async def test_a_private_message_nobody_can_parse_gets_an_apology_with_a_reference(
    phone: Phone, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    await phone.reaches_story()
    chat = {"id": phone.person.id, "type": "private"}
    number = phone.sim.push({"message": {"chat": chat, "text": SECRET_WORDS}})
    await phone.person.hears("刚才没存上")
    row = await Inbox.get(update_id=number)
    assert row.state is Served.DEAD
    assert row.id.hex[:8].upper() in phone.person.last.text
    assert SECRET_WORDS.encode() not in (row.body or b"")
    assert SECRET_WORDS not in caplog.text


async def test_a_step_that_fails_three_times_is_set_aside_and_others_go_on(
    phone: Phone, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    tries = []

    async def fail(update: Update, _context: Context) -> None:
        tries.append(update.update_id)
        raise RuntimeError(f"quotes {SECRET_WORDS}")

    phone.bot._application.add_handler(MessageHandler(filters.Regex(SECRET_WORDS), fail), group=-1)
    await phone.reaches_story()
    other = phone.sim.person("王叔", key="wang")
    number = phone.person.says(SECRET_WORDS)
    phone.person.says("一。")
    other.says("我也说一件事。")
    await other.hears("收下了")
    await phone.person.hears("刚才没存上")
    await phone.does("二。")
    contact = next(one for one in await Contact.all() if one.address() == f"telegram:{phone.person.id}")
    draft = (await Draft.get(contact_id=contact.id)).unlock()
    assert [part.text for part in draft.telling.parts] == ["一。", "二。"]
    row = await Inbox.get(update_id=number)
    assert (row.state, row.tries) == (Served.DEAD, 3)
    assert set(tries) == {number}
    assert "could not be served" in caplog.text
    assert "RuntimeError" in caplog.text
    assert SECRET_WORDS not in caplog.text


async def test_a_database_that_flaps_under_one_update_costs_it_no_try(
    phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keep_on, "PAUSE", 0.01)
    full = sqlite3.OperationalError("database or disk is full")
    full.sqlite_errorcode = sqlite3.SQLITE_FULL
    troubles: list[Exception] = [full, DatabaseBusy("another process writes"), OSError()] * 3

    async def flap(_update: Update, _context: Context) -> None:
        if troubles:
            raise troubles.pop()

    await phone.reaches_story()
    phone.bot._application.add_handler(MessageHandler(filters.Regex("一。"), flap), group=-1)
    number = phone.person.says("一。")
    await phone.served(number)
    assert not troubles
    assert await parts_of(phone) == ["一。"]
    row = await Inbox.get(update_id=number)
    assert (row.state, row.tries) == (Served.DONE, 1)


async def test_a_blocked_chat_costs_nobody_else_anything_and_opens_again(phone: Phone) -> None:
    await phone.reaches_story()
    other = phone.sim.person("王叔", key="wang")
    number = phone.person.presses("说完了")
    phone.person.blocks_bot()
    await phone.served(number)
    other.starts()
    await other.hears("不留名")
    await phone.bot.idle()
    assert await Outbox.all().count() == 0
    phone.person.unblocks_bot()
    await phone.does("一。", "[说完了]")
    assert "不留名" in phone.person.last.labels


async def test_while_telegram_is_down_answers_wait_and_then_arrive_in_order(
    phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery, "LOOK_EVERY", 0.02)
    await phone.reaches_story()
    before = len(heard(phone.person))
    phone.sim.fault("502", "sendMessage", times=None)
    numbers = [phone.person.says(command) for command in ("/help", "/privacy", "/language")]
    for number in numbers:
        await phone.served(number)
    for _ in range(3):
        phone.world.clock.forward(minutes=10)
        await asyncio.sleep(0.1)
        await phone.served(phone.person.says("/help"))
    assert len(heard(phone.person)) == before
    phone.sim.clear_faults()
    phone.world.clock.forward(minutes=10)
    await until_said(phone, before + 6)
    beginnings = [message.text[:4] for message in heard(phone.person)[before:]]
    assert beginnings == ["在这里可", *beginnings[1:3], "在这里可", "在这里可", "在这里可"]
    assert beginnings[1] != beginnings[2]
    assert "语言" in heard(phone.person)[before + 2].text


async def until_said(phone: Phone, count: int) -> None:
    async def said() -> bool:
        return len(heard(phone.person)) >= count and not await Outbox.all().count()

    await until(said)


async def test_an_outage_of_an_hour_loses_no_receipt(phone: Phone, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delivery, "LOOK_EVERY", 0.02)
    await phone.reaches_story()
    await phone.does("一。", "[说完了]", "[不留名]")
    phone.sim.fault("502", "sendPhoto", times=None)
    phone.sim.fault("502", "sendMessage", times=None)
    await phone.served(phone.person.presses("提交"))
    async with asyncio.timeout(8):
        while not await Outbox.filter(tries__gt=12).exists():
            phone.world.clock.forward(minutes=6)
            await asyncio.sleep(0.02)
            assert not await Outbox.filter(state=Sending.FAILED).exists()
    phone.sim.clear_faults()
    phone.world.clock.forward(minutes=6)
    await phone.person.hears("请抄下藏好")


async def test_a_storm_of_too_many_requests_delays_and_loses_nothing(
    phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery, "LOOK_EVERY", 0.02)
    await phone.reaches_story()
    before = len(heard(phone.person))
    storm = phone.sim.fault("429", "sendMessage", times=2, retry_after=1)
    for command in ("/help", "/privacy", "/language"):
        await phone.served(phone.person.says(command))
    async with asyncio.timeout(8):
        while len(heard(phone.person)) < before + 3:
            phone.world.clock.forward(seconds=1)
            await asyncio.sleep(0.1)
    assert storm.hits == 2
    assert heard(phone.person)[before].text.startswith("在这里可")
    assert "语言" in phone.person.last.text


async def test_a_database_that_fails_for_a_moment_stops_nothing(
    phone: Phone, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(keep_on, "PAUSE", 0.01)
    monkeypatch.setattr(delivery, "LOOK_EVERY", 0.02)
    await phone.reaches_story()
    failing = {(inbox, "serve"), (outbox, "settle"), (outbox, "queued")}
    for module, verb in failing:
        monkeypatch.setattr(module, verb, once_broken(getattr(module, verb)))
    phone.person.says("一。")
    for label, answer in (("说完了", "留名："), ("不留名", "请核对"), ("提交", "请抄下藏好")):
        phone.person.presses(label)
        await phone.person.hears(answer)
    await until_said(phone, 1)
    async with asyncio.timeout(8):
        while caplog.text.count("failed and goes on: OSError") < len(failing):  # noqa: ASYNC110  nor does a log
            await asyncio.sleep(0.02)
    assert SECRET_WORDS not in caplog.text


def once_broken(act: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
    calls = itertools.count()

    async def broken(*given: Any, **named: Any) -> Any:
        if not next(calls):
            raise OSError(f"disk full, quoting {SECRET_WORDS}")
        return await act(*given, **named)

    return broken


async def test_an_answer_that_cannot_be_made_does_not_silence_its_chat(
    phone: Phone, caplog: pytest.LogCaptureFixture
) -> None:
    await phone.reaches_story()
    [contact] = await Contact.all()
    async with transaction():
        await Outbox.put([(contact.id, Say("no.such.sentence", {"text": SECRET_WORDS}))], lane=Lane.INTERACTIVE)
    await phone.does("/help")
    assert phone.person.last.text.startswith("在这里可")
    assert [row.state for row in await Outbox.all()] == [Sending.FAILED]
    assert SECRET_WORDS not in caplog.text


async def test_an_update_under_which_the_process_died_again_and_again_is_set_aside_with_an_alarm(
    database: Database, world: World, sim: Simulator, caplog: pytest.LogCaptureFixture
) -> None:
    assert database
    person = sim.person("李阿姨", key="li")
    suspect = body_of(sim, person.says(SECRET_WORDS))
    sim.world.updates.clear()
    await Inbox.store([(suspect["update_id"], json.dumps(suspect).encode())])
    async with transaction():
        await Inbox.all().update(tries=3)
    async with sim.running() as api, at_work(sim, api, world) as phone:
        await person.hears("刚才没存上")
        await phone.does("/help")
    assert (await Inbox.get(update_id=suspect["update_id"])).state is Served.DEAD
    assert "CrashSuspected" in caplog.text
    assert SECRET_WORDS not in caplog.text


async def test_a_picture_of_the_code_that_is_read_twice_is_served_once(
    phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "LOOK_EVERY", 0.02)
    monkeypatch.setattr(Attachment, "done_with", once_broken(Attachment.done_with))
    await phone.files()
    picture = next(message.media for message in phone.person.screen if message.from_bot and message.media)
    await phone.does("/track")
    phone.person.sends_photo(picture)
    async with asyncio.timeout(10):
        while not await Inbox.filter(update_id__lt=0).exists() or await Attachment.all().exists():
            phone.world.clock.forward(seconds=1)
            await asyncio.sleep(0.02)
    await phone.person.hears("进度：")
    assert await Inbox.filter(update_id__lt=0).count() == 1
