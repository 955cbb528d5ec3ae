"""The simulator behaves as Telegram does, seen by an unmodified python-telegram-bot."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import aiohttp
import pytest
from playwright.async_api import Page, async_playwright
from telegram import (
    Bot,
    CopyTextButton,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InputMediaPhoto,
    ReplyKeyboardMarkup,
    ReplyKeyboardRemove,
    Update,
)
from telegram.error import BadRequest, Forbidden, InvalidToken, NetworkError, RetryAfter, TelegramError, TimedOut
from telegram.ext import Application, CallbackQueryHandler, CommandHandler, ContextTypes, MessageHandler, filters

from bot.simulator import NoSuchButtonError, NotHeardError, Person, Simulator

Context = ContextTypes.DEFAULT_TYPE
HOUR = 3600
CHROMIUM = ["--no-sandbox", "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]
COPY = InlineKeyboardButton("复制码", copy_text=CopyTextButton("7K4M"))
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 64


@pytest.fixture(autouse=True)
def _timedeltas(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without it PTB warns at every RetryAfter, and warnings are errors here."""
    monkeypatch.setenv("PTB_TIMEDELTA", "true")


class Clock:
    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


@asynccontextmanager
async def talking(sim: Simulator) -> AsyncIterator[Bot]:
    async with sim.running() as root:
        bot = Bot(sim.token, base_url=f"{root}/bot", base_file_url=f"{root}/file/bot")
        async with bot:
            yield bot


@asynccontextmanager
async def phone(address: str) -> AsyncIterator[Page]:
    """The page in a real Chromium; whatever it complains about in its console fails the test."""
    complaints: list[str] = []
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path="/usr/bin/chromium", args=CHROMIUM)
        context = await browser.new_context(permissions=["clipboard-read", "clipboard-write"])
        page = await context.new_page()
        page.set_default_timeout(5000)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda line: complaints.append(line.text) if line.type == "error" else None)
        await page.goto(address)
        yield page
        await browser.close()
    assert complaints == []


def keyboard(**fields: str) -> InlineKeyboardMarkup:
    return InlineKeyboardMarkup([[InlineKeyboardButton("提交", **fields)]])  # type: ignore[arg-type]


def application(sim: Simulator, root: str) -> Application:  # type: ignore[type-arg]
    async def start(update: Update, context: Context) -> None:
        assert update.message is not None
        await update.message.reply_text(
            f"您好 {' '.join(context.args or [])}".strip(), reply_markup=keyboard(callback_data="go")
        )

    async def echo(update: Update, _context: Context) -> None:
        assert update.effective_message is not None
        await update.effective_message.reply_text(f"收到 {update.effective_message.text}")

    async def pressed(update: Update, _context: Context) -> None:
        assert update.callback_query is not None
        await update.callback_query.answer("好", show_alert=True)
        await update.callback_query.edit_message_text("已提交")

    app = Application.builder().token(sim.token).base_url(f"{root}/bot").build()
    app.add_handlers(
        [CommandHandler("start", start), MessageHandler(filters.TEXT, echo), CallbackQueryHandler(pressed)]
    )
    return app


async def converse(person: Person) -> None:
    person.starts("from-poster")
    await person.hears("您好 from-poster")
    person.presses("提交")
    message = await person.hears("已提交")
    assert message.edited
    assert not message.buttons
    assert (await person.answered()).alert
    for n in range(5):
        person.says(f"第{n}句")
    for n in range(5):
        await person.hears(f"收到 第{n}句")


async def test_an_unmodified_application_converses_by_polling() -> None:
    sim = Simulator()
    async with sim.running() as root, application(sim, root) as app:
        assert app.updater is not None
        await app.updater.start_polling(poll_interval=0, timeout=5)
        await app.start()
        await converse(sim.person("李阿姨", key="li"))
        await app.updater.stop()
        await app.stop()
    assert len(sim.world.updates) == 0


async def test_an_unmodified_application_converses_by_webhook() -> None:
    sim = Simulator()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    seen: list[tuple[str | None, int]] = []

    async def hook(request: aiohttp.web.Request) -> aiohttp.web.Response:
        raw = await request.json()
        seen.append((request.headers.get("X-Telegram-Bot-Api-Secret-Token"), raw["update_id"]))
        if len(seen) <= 2:
            return aiohttp.web.Response(status=503)
        await app.update_queue.put(Update.de_json(raw, app.bot))
        return aiohttp.web.Response()

    site = aiohttp.web.Application()
    site.router.add_post("/hook", hook)
    runner = aiohttp.web.AppRunner(site, access_log=None)
    await runner.setup()
    await aiohttp.web.TCPSite(runner, "127.0.0.1", port).start()
    try:
        async with sim.running() as root, application(sim, root) as app:
            await app.start()
            await app.bot.set_webhook(f"http://127.0.0.1:{port}/hook", secret_token="s3cret")
            await converse(sim.person("李阿姨", key="li"))
            assert {secret for secret, _ in seen} == {"s3cret"}
            ids = [update_id for _, update_id in seen]
            assert ids[:3] == [ids[0]] * 3, "an update is tried again until it gets a 200"
            assert ids[2:] == sorted(set(ids)), "then each once, in order"
            info = await app.bot.get_webhook_info()
            assert info.last_error_message == "Wrong response from the webhook: 503 Service Unavailable"
            with pytest.raises(TelegramError, match="webhook is active"):
                await app.bot.get_updates()
            await app.stop()
    finally:
        await runner.cleanup()


async def test_updates_stay_until_an_offset_confirms_them() -> None:
    clock = Clock()
    sim = Simulator(clock=clock)
    person = sim.person("李阿姨")
    first, second, third = [person.says(word) for word in "甲乙丙"]
    assert [second, third] == [first + 1, first + 2]
    async with talking(sim) as bot:
        for _ in range(2):
            assert [u.update_id for u in await bot.get_updates(limit=2)] == [first, second]
        assert [u.update_id for u in await bot.get_updates(offset=second)] == [second, third]
        assert [u.update_id for u in await bot.get_updates(offset=-1)] == [third]
        assert [u.update_id for u in await bot.get_updates()] == [third]
        clock.now += 25 * HOUR
        assert await bot.get_updates() == (), "Telegram keeps updates for a day"


async def test_a_second_poller_ends_the_wait_of_the_first() -> None:
    sim = Simulator()
    async with talking(sim) as bot:
        first = asyncio.create_task(bot.get_updates(timeout=5))
        await asyncio.sleep(0.1)
        assert not first.done()
        async with aiohttp.ClientSession() as session, session.get(f"{bot.base_url}/getUpdates") as second:
            assert (await second.json())["result"] == []
        with pytest.raises(TelegramError, match="terminated by other getUpdates"):
            await first


async def test_duplicates_stragglers_and_restarted_ids_are_served() -> None:
    sim = Simulator()
    person = sim.person("李阿姨")
    first = person.says("一")
    async with aiohttp.ClientSession() as session, sim.running() as root:

        async def poll(offset: int = 0) -> list[int]:
            url = f"{root}/bot{sim.token}/getUpdates"
            async with session.get(url, params={"offset": offset}) as answer:
                return [update["update_id"] for update in (await answer.json())["result"]]

        assert await poll() == [first]
        sim.push({"message": {"malformed": True}}, update_id=first)
        sim.push({}, update_id=first - 5)
        assert await poll(first + 1) == [first, first - 5]
        assert await poll(first + 1) == []
        sim.restart_ids(1000)
        assert person.says("二") == 1000
        assert await poll(first + 1) == [1000], "an offset far ahead of the queue is no confirmation"


async def test_all_media_travel_both_ways_and_file_ids_are_reused() -> None:
    sim = Simulator()
    person = sim.person("李阿姨")
    async with talking(sim) as bot:
        sent = await bot.send_photo(person.id, PNG, caption="<b>公示</b>", parse_mode="HTML")
        assert person.last.media == PNG
        assert sent.caption_entities[0].type == "bold"
        again = await bot.send_photo(person.id, sent.photo[-1].file_id)
        assert again.photo[-1].file_id == sent.photo[-1].file_id
        for send in (bot.send_document, bot.send_voice, bot.send_audio, bot.send_video):
            await send(person.id, b"bytes")
            assert person.last.media == b"bytes"
        album = await bot.send_media_group(person.id, [InputMediaPhoto(PNG), InputMediaPhoto(PNG + b"2")])
        assert len({part.media_group_id for part in album}) == 1
        with pytest.raises(BadRequest, match="Wrong file identifier"):
            await bot.send_photo(person.id, "nonsense")

        person.sends_photo(PNG, caption="看", album="a")
        person.sends_voice(b"OggS")
        person.sends_document(b"%PDF", "账.pdf", "application/pdf")
        person.sends_video(b"mp4")
        person.sends_sticker()
        person.sends_location()
        messages = [update.message for update in await bot.get_updates()]
        photo, voice, document, video, sticker, location = [m for m in messages if m]
        assert photo.caption == "看"
        assert photo.media_group_id == "a"
        assert document.document
        assert document.document.file_name == "账.pdf"
        assert video.video
        assert sticker.sticker
        assert location.location
        assert voice.voice
        assert bytes(await (await voice.voice.get_file()).download_as_bytearray()) == b"OggS"


async def test_files_above_twenty_megabytes_cannot_be_fetched() -> None:
    sim = Simulator()
    sim.person("李阿姨").sends_document(b"small", "big.zip", size=21 * 1024 * 1024)
    async with talking(sim) as bot:
        (update,) = await bot.get_updates()
        assert update.message
        assert update.message.document
        with pytest.raises(BadRequest, match="File is too big"):
            await update.message.document.get_file()


async def test_buttons_are_found_by_their_words() -> None:
    sim = Simulator()
    person = sim.person("李阿姨")
    async with talking(sim) as bot:
        old = await bot.send_message(person.id, "旧", reply_markup=keyboard(callback_data="old"))
        await bot.send_message(person.id, "新", reply_markup=keyboard(callback_data="new"))
        await bot.send_message(person.id, "码", reply_markup=InlineKeyboardMarkup([[COPY]]))
        await bot.send_message(person.id, "菜单", reply_markup=ReplyKeyboardMarkup([["查进度"]]))
        person.presses("提交")
        person.presses("提交", message=old.message_id)
        person.presses("查进度")
        assert person.presses("复制码") is None
        assert person.clipboard == "7K4M"
        await bot.send_message(person.id, "收", reply_markup=ReplyKeyboardRemove())
        with pytest.raises(NoSuchButtonError, match="提交"):
            person.presses("查进度")
        new, older, typed = await bot.get_updates()
        assert new.callback_query
        assert older.callback_query
        assert typed.message
        assert (new.callback_query.data, older.callback_query.data) == ("new", "old")
        assert typed.message.text == "查进度"
        with pytest.raises(BadRequest, match="Message_too_long"):
            await new.callback_query.answer("长" * 201)
        with pytest.raises(BadRequest, match="Query is too old"):
            await bot.answer_callback_query("1")


@pytest.mark.parametrize(
    ("text", "fields", "refusal"),
    [
        ("长" * 4097, {}, "too long"),
        (" \n", {}, "text is empty"),
        ("<b>开", {"parse_mode": "HTML"}, "find end tag"),
        ("<x>开</x>", {"parse_mode": "HTML"}, "unsupported start tag"),
        ("完.", {"parse_mode": "MarkdownV2"}, "is reserved"),
        ("好", {"reply_markup": keyboard(callback_data="办" * 22)}, "Button_data_invalid"),
        ("好", {"reply_markup": keyboard()}, "Text buttons are unallowed"),
        ("好", {"reply_markup": keyboard(url="javascript:1")}, "unsupported url protocol"),
    ],
)
async def test_what_telegram_refuses_is_refused(text: str, fields: dict[str, object], refusal: str) -> None:
    sim = Simulator()
    person = sim.person("李阿姨")
    async with talking(sim) as bot:
        with pytest.raises(BadRequest, match=refusal):
            await bot.send_message(person.id, text, **fields)  # type: ignore[arg-type]
    assert person.screen == []


async def test_entities_count_as_telegram_counts() -> None:
    sim = Simulator()
    person = sim.person("李阿姨")
    async with talking(sim) as bot:
        html = await bot.send_message(person.id, "😀<b>粗<i>斜</i></b>&lt;", parse_mode="HTML")
        mark = await bot.send_message(person.id, r"😀*粗_斜_*\<", parse_mode="MarkdownV2")
        assert html.text == mark.text == "😀粗斜<"
        assert [(e.type, e.offset, e.length) for e in html.entities] == [("bold", 2, 2), ("italic", 3, 1)]
        assert html.entities == mark.entities
        await bot.send_message(person.id, "<b></b>" + "长" * 4096, parse_mode="HTML")


async def test_edits_and_deletions_follow_telegrams_rules() -> None:
    clock = Clock()
    sim = Simulator(clock=clock)
    person = sim.person("李阿姨")
    async with talking(sim) as bot:
        message = await bot.send_message(person.id, "一", reply_markup=keyboard(callback_data="a"))
        with pytest.raises(BadRequest, match="not modified"):
            await message.edit_text("一", reply_markup=keyboard(callback_data="a"))
        await message.edit_text("二")
        assert (person.last.text, person.last.buttons) == ("二", [])
        own = person.says("我的") and person.screen[-1].id
        with pytest.raises(BadRequest, match="can't be edited"):
            await bot.edit_message_text("改", person.id, own)
        assert await bot.delete_messages(person.id, [own, 1])
        clock.now += 48 * HOUR
        with pytest.raises(BadRequest, match="can't be deleted for everyone"):
            await message.delete()
        fresh = await bot.send_message(person.id, "三")
        await fresh.delete()
        with pytest.raises(BadRequest, match="to delete not found"):
            await fresh.delete()
        with pytest.raises(BadRequest, match="to edit not found"):
            await fresh.edit_text("四")


async def test_unknown_and_blocking_people_cannot_be_reached() -> None:
    sim = Simulator()
    person = sim.person("李阿姨")
    async with talking(sim) as bot:
        with pytest.raises(BadRequest, match="Chat not found"):
            await bot.send_message(1, "谁")
        person.blocks_bot()
        with pytest.raises(Forbidden, match="blocked by the user"):
            await bot.send_message(person.id, "在吗")
        person.unblocks_bot()
        await bot.send_message(person.id, "在")
        kicked, back = [update.my_chat_member for update in await bot.get_updates()]
        assert kicked
        assert back
        assert (kicked.new_chat_member.status, back.new_chat_member.status) == ("kicked", "member")


async def test_wrong_tokens_and_methods_are_told_apart() -> None:
    sim = Simulator()
    async with sim.running() as root, aiohttp.ClientSession(root) as http:
        for address, body in (
            ("/bot1:wrong/getMe", {"ok": False, "error_code": 401, "description": "Unauthorized"}),
            (f"/bot{sim.token}/nonsense", {"ok": False, "error_code": 404, "description": "Not Found"}),
        ):
            async with http.get(address) as answer:
                assert answer.status == body["error_code"]
                assert await answer.json() == body


async def test_limits_ask_to_wait_and_let_go_again() -> None:
    clock = Clock()
    sim = Simulator(limits=True, clock=clock)
    people = [sim.person(f"人{n}") for n in range(40)]
    async with talking(sim) as bot:
        for _ in range(3):
            await bot.send_message(people[0].id, "急")
        with pytest.raises(RetryAfter) as one_chat:
            await bot.send_message(people[0].id, "急")
        assert one_chat.value.retry_after == timedelta(seconds=1)
        clock.now += 1
        await bot.send_message(people[0].id, "好")
        clock.now += 10
        results = await asyncio.gather(
            *[bot.send_message(person.id, "齐") for person in people], return_exceptions=True
        )
        assert sum(isinstance(result, RetryAfter) for result in results) == 10


async def test_faults_strike_as_often_as_asked() -> None:
    sim = Simulator()
    person = sim.person("李阿姨")
    async with talking(sim) as bot:
        sim.fault("429", "sendMessage", retry_after=7)
        with pytest.raises(RetryAfter, match="7"):
            await bot.send_message(person.id, "一")
        broken = sim.fault("500", "sendMessage", times=2)
        for _ in range(2):
            with pytest.raises(NetworkError):
                await bot.send_message(person.id, "二")
        await bot.send_message(person.id, "三")
        assert broken.hits == 2
        sim.fault("timeout", "sendMessage")
        with pytest.raises(TimedOut):
            await bot.send_message(person.id, "四", read_timeout=0.2)
        sim.fault("401", times=None)
        with pytest.raises(InvalidToken):
            await bot.get_me()
        sim.clear_faults()
        await bot.get_me()
    assert [message.text for message in person.screen] == ["三"]
    outcomes = [call.outcome for call in sim.calls("sendMessage")]
    assert outcomes[:4] == ["fault 429", "fault 500", "fault 500", "ok"]


async def test_drop_answer_performs_the_call_and_says_nothing() -> None:
    sim = Simulator()
    person = sim.person("李阿姨")
    async with talking(sim) as bot:
        sim.fault("drop_answer", "sendMessage")
        with pytest.raises(NetworkError):
            await bot.send_message(person.id, "到了")
        sim.fault("drop", "sendMessage")
        with pytest.raises(NetworkError):
            await bot.send_message(person.id, "没到")
    assert [message.text for message in person.screen] == ["到了"]
    assert [call.outcome for call in sim.calls("sendMessage")] == ["fault drop_answer", "fault drop"]


async def test_hearing_goes_forward_and_explains_what_it_saw() -> None:
    sim = Simulator()
    person = sim.person("李阿姨")
    async with talking(sim) as bot:
        await bot.send_message(person.id, "一", reply_markup=keyboard(callback_data="a"))
        await bot.send_message(person.id, "二")
        await person.hears("二")
        await person.hears_nothing(0.01)
        with pytest.raises(NotHeardError, match=r"(?s)'三' not within.*一  \[提交\]"):
            await person.hears("三", timeout=0.01)


async def test_the_bots_profile_is_kept() -> None:
    sim = Simulator()
    async with talking(sim) as bot:
        await bot.set_my_commands([("start", "开始")], language_code="zh")
        assert [c.command for c in await bot.get_my_commands(language_code="zh")] == ["start"]
        assert await bot.get_my_commands() == ()
        await bot.set_my_description("清风站")
        await bot.set_my_short_description("清风")
        await bot.set_chat_menu_button()
        assert (await bot.get_my_description()).description == "清风站"
        assert await bot.log_out()


async def test_another_process_can_drive_people_and_weather() -> None:
    sim = Simulator()
    async with talking(sim) as bot, aiohttp.ClientSession(bot.base_url.split("bot")[0]) as http:

        async def do(method: str, path: str, **fields: object) -> dict[str, object]:
            async with http.request(method, f"_sim/{path}", **fields) as answer:  # type: ignore[arg-type]
                found: dict[str, object] = await answer.json()
                return found

        li = await do("POST", "people", json={"name": "李阿姨", "key": "li"})
        await do("POST", "people/li/start", json={"payload": "x"})
        await do("POST", "people/li/files?kind=photo", data=PNG, headers={"Content-Type": "image/png"})
        waiting = asyncio.create_task(do("GET", "people/li/screen?since=2&wait=5"))
        await asyncio.sleep(0.05)
        await bot.send_message(int(str(li["id"])), "好", reply_markup=keyboard(callback_data="a"))
        screen = await waiting
        assert screen["revision"] == 3
        await do("POST", "people/li/presses", json={"text": "提交"})
        assert "提交" in str((await do("POST", "people/li/presses", json={"text": "无"}))["error"])
        await do("POST", "faults", json={"kind": "403", "method": "sendMessage"})
        with pytest.raises(Forbidden):
            await bot.send_message(int(str(li["id"])), "再")
        started, photo, pressed = await bot.get_updates()
        assert started.message
        assert started.message.text == "/start x"
        assert photo.message
        assert photo.message.photo
        assert pressed.callback_query
        assert (await do("GET", "state"))["pending_update_count"] == 3
        async with http.get("_sim/people", headers={"Sec-Fetch-Site": "cross-site"}) as refused:
            assert refused.status == 403


@pytest.mark.browser
async def test_the_phone_page_is_a_phone() -> None:
    sim = Simulator()
    li, _ = sim.person("李阿姨", key="li", role="群众"), sim.person("周建国", key="zhou", role="联络员")
    async with talking(sim) as bot, phone(bot.base_url.split("bot")[0] + "?person=li&start=poster") as page:
        await page.get_by_role("button", name="开始").click()
        await page.get_by_role("log").get_by_text("/start poster").wait_for()
        rows = [[InlineKeyboardButton("提交", callback_data="go")], [COPY]]
        await bot.send_message(li.id, "<b>您好</b>，李阿姨", "HTML", reply_markup=InlineKeyboardMarkup(rows))
        await bot.send_message(li.id, "菜单", reply_markup=ReplyKeyboardMarkup([["查进度"]]))
        await page.get_by_role("button", name="提交").click()
        await page.get_by_role("button", name="复制码").click()
        await page.get_by_text("已复制").wait_for()
        assert await page.evaluate("navigator.clipboard.readText()") == "7K4M"
        await page.get_by_role("button", name="查进度").click()
        await page.get_by_label("消息").fill("补贴没到手")
        await page.get_by_label("消息").press("Enter")
        await page.get_by_label("发图片或文件").set_input_files(
            {"name": "a.png", "mimeType": "image/png", "buffer": PNG}
        )
        await page.get_by_role("log").get_by_alt_text("图片").wait_for()
        updates = await bot.get_updates()
        query = updates[1].callback_query
        assert query
        assert query.message
        assert [u.effective_message and u.effective_message.text for u in (*updates[:1], *updates[2:4])] == [
            "/start poster",
            "查进度",
            "补贴没到手",
        ]
        await query.answer("好的")
        await page.get_by_text("好的").wait_for()
        await bot.edit_message_text("改过了", li.id, query.message.message_id)
        await page.get_by_role("log").get_by_text("改过了").wait_for()
        await bot.delete_message(li.id, query.message.message_id)
        await page.get_by_role("log").get_by_text("改过了").wait_for(state="detached")
        await page.get_by_role("button", name="周建国").click()
        await page.get_by_role("button", name="开始").wait_for()
        await page.set_viewport_size({"width": 390, "height": 844})
        assert await page.evaluate("document.documentElement.scrollWidth") == 390
        await page.get_by_role("combobox", name="人物").select_option("li")
        await page.get_by_role("log").get_by_text("补贴没到手").wait_for()


@pytest.mark.browser
async def test_a_recording_arrives_as_a_telegram_voice() -> None:
    sim = Simulator()
    person = sim.person("李阿姨", key="li")
    person.starts()
    async with sim.running() as root, phone(root) as page:
        await page.get_by_role("button", name="录音").click()
        await page.get_by_text("正在录音").wait_for()
        await asyncio.sleep(0.7)
        await page.get_by_role("button", name="录音").click()
        await person.until(lambda: person.screen[-1].media)
        assert (person.screen[-1].media or b"")[:4] == b"OggS"
        # wait_for_function would need eval, which the page's policy forbids.
        length = await page.locator("audio").evaluate(
            "a => new Promise(done => a.duration ? done(a.duration) : (a.onloadedmetadata = () => done(a.duration)))"
        )
        assert 0.2 < length < 30, "the browser plays the Ogg we made"
