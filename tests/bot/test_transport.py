import asyncio
import traceback
from collections.abc import AsyncIterator
from contextlib import aclosing

import httpx
import pytest
from aiohttp import web
from aiohttp.test_utils import unused_port
from telegram import InputFile, InputMediaPhoto
from telegram.error import (
    BadRequest,
    Conflict,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
    TimedOut,
)

from bot.download import Gone, TooBig, download
from bot.refusals import NotSent, NotSentInTime, SlowDown
from bot.timeouts import Timeouts
from bot.transport import DiscreetBot, build_bot
from tests.bot.bot_api import QUICK, TOKEN, Answer, BotApi, bot_api, opened, refuses, says

PHOTO = bytes(range(256)) * 10_000  # 2.5 MB
SENT = {"message_id": 7, "date": 1, "chat": {"id": 1, "type": "private"}, "text": "好"}


@pytest.fixture
async def api() -> AsyncIterator[BotApi]:
    async with bot_api() as server:
        yield server


@pytest.fixture
async def bot(api: BotApi) -> AsyncIterator[DiscreetBot]:
    async with opened(api.root) as one:
        yield one


async def test_a_message_arrives_as_it_was_written(api: BotApi, bot: DiscreetBot) -> None:
    api.answers["sendMessage"] = says(SENT)
    message = await bot.send_message(1, "您好 \U0001f33e & = +\n“引号”")
    assert message.message_id == 7
    assert api.asked("sendMessage")[0]["text"] == "您好 \U0001f33e & = +\n“引号”"


async def test_a_photo_arrives_byte_for_byte_with_its_chinese_name(api: BotApi, bot: DiscreetBot) -> None:
    api.answers["sendPhoto"] = says(SENT)
    await bot.send_photo(1, PHOTO, caption="查询码 7K4M", filename='清风 "码".png')
    assert api.uploads["photo"][1] == PHOTO
    assert "清风" in (api.uploads["photo"][0] or "")
    assert api.asked("sendPhoto")[0] == {"chat_id": "1", "caption": "查询码 7K4M"}


async def test_an_album_names_its_attached_files(api: BotApi, bot: DiscreetBot) -> None:
    api.answers["sendMediaGroup"] = says([SENT, SENT])
    await bot.send_media_group(1, [InputMediaPhoto(PHOTO), InputMediaPhoto(PHOTO[::-1])])
    assert api.asked("sendMediaGroup")[0]["media"].count("attach://") == 2
    assert sorted(content for _, content in api.uploads.values()) == sorted([PHOTO, PHOTO[::-1]])


async def test_a_document_with_a_handle_is_read(api: BotApi, bot: DiscreetBot) -> None:
    api.answers["sendDocument"] = says(SENT)
    await bot.send_document(1, InputFile(PHOTO, filename="a.pdf"))
    assert api.uploads["document"] == ("a.pdf", PHOTO)


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, BadRequest),
        (401, InvalidToken),
        (403, Forbidden),
        (404, InvalidToken),
        (409, Conflict),
        (502, NetworkError),
    ],
)
async def test_each_status_becomes_its_error(
    api: BotApi, bot: DiscreetBot, status: int, kind: type[TelegramError]
) -> None:
    api.answers["sendMessage"] = refuses(status, "why")
    with pytest.raises(kind, match="why"):
        await bot.send_message(1, "x")


@pytest.mark.parametrize(("parameters", "seconds"), [({"retry_after": 17}, 17), ({}, 1)])
async def test_a_429_says_how_long_without_a_warning(
    api: BotApi, bot: DiscreetBot, parameters: dict[str, int], seconds: float
) -> None:
    api.answers["sendMessage"] = refuses(429, "Too Many Requests", **parameters)
    with pytest.raises(RetryAfter) as caught:
        await bot.send_message(1, "x")
    assert isinstance(caught.value, SlowDown)
    assert caught.value.seconds == seconds


def page(status: int) -> Answer:
    async def answer(request: web.Request) -> web.StreamResponse:
        return web.Response(status=status, text=f"<html>{request.path} is not here</html>")

    return answer


@pytest.mark.parametrize("status", [200, 302, 403, 500, 503])
async def test_a_foreign_page_is_an_error_that_does_not_quote_it(
    api: BotApi, bot: DiscreetBot, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    api.answers["sendMessage"] = page(status)
    with pytest.raises(TelegramError) as caught:
        await bot.send_message(1, "x")
    assert TOKEN not in "".join(traceback.format_exception(caught.value)) + caplog.text
    assert "html" not in str(caught.value) + caplog.text


async def test_a_torn_answer_is_an_error_that_is_not_logged(
    api: BotApi, bot: DiscreetBot, caplog: pytest.LogCaptureFixture
) -> None:
    async def torn(_: web.Request) -> web.StreamResponse:
        return web.Response(text='{"ok":true,"result":{"text":"补贴')

    api.answers["sendMessage"] = torn
    with pytest.raises(TelegramError):
        await bot.send_message(1, "x")
    assert "补贴" not in caplog.text


async def test_a_silent_server_times_out(api: BotApi, bot: DiscreetBot) -> None:
    async def silent(_: web.Request) -> web.StreamResponse:
        await asyncio.sleep(1)
        return web.Response()

    api.answers["sendMessage"] = silent
    with pytest.raises(TimedOut) as caught:
        await bot.send_message(1, "x")
    assert not isinstance(caught.value, NotSent)
    api.answers["sendMessage"] = silent
    with pytest.raises(TimedOut):
        await bot.send_message(1, "x", read_timeout=0.05)


async def test_a_server_that_hangs_up_leaves_the_message_unknown(api: BotApi, bot: DiscreetBot) -> None:
    async def hang_up(request: web.Request) -> web.StreamResponse:
        assert request.transport is not None
        request.transport.close()
        return web.Response()

    api.answers["sendMessage"] = hang_up
    with pytest.raises(NetworkError) as caught:
        await bot.send_message(1, "x")
    assert not isinstance(caught.value, NotSent)
    assert TOKEN not in "".join(traceback.format_exception(caught.value))


async def test_an_unreachable_server_surely_got_nothing() -> None:
    async with opened(f"http://127.0.0.1:{unused_port()}") as bot:
        with pytest.raises(NotSent) as caught:
            await bot.send_message(1, "x")
    assert TOKEN not in "".join(traceback.format_exception(caught.value))


async def test_a_full_pool_surely_sent_nothing(api: BotApi, monkeypatch: pytest.MonkeyPatch) -> None:
    async def slow(_: web.Request) -> web.StreamResponse:
        await asyncio.sleep(0.6)
        return web.json_response({"ok": True, "result": SENT})

    monkeypatch.setattr("bot.transport._CONNECTIONS", 1)
    api.answers["sendMessage"] = slow
    async with opened(api.root, Timeouts(pool=0.1, connect=0.1, read=2)) as bot:
        first = asyncio.create_task(bot.send_message(1, "x"))
        await asyncio.sleep(0.05)
        with pytest.raises(NotSentInTime):
            await bot.send_message(1, "y")
        await first


async def test_httpx_is_never_made(api: BotApi, monkeypatch: pytest.MonkeyPatch) -> None:
    def made(*_: object, **__: object) -> None:
        raise AssertionError("httpx was used")

    monkeypatch.setattr(httpx.AsyncClient, "__init__", made)
    async with build_bot(TOKEN, api.root) as bot:
        assert bot.username == "qingfeng_bot"


async def test_the_token_is_in_no_repr_and_no_refusal(api: BotApi) -> None:
    api.answers["getMe"] = refuses(401, "Unauthorized")
    bot = build_bot(TOKEN, api.root, timeouts=QUICK)
    assert TOKEN not in f"{bot!r}{bot}{bot.request!r}"
    with pytest.raises(InvalidToken) as caught:
        await bot.initialize()
    await bot.shutdown()
    assert TOKEN not in "".join(traceback.format_exception(caught.value))


async def test_a_proxy_is_used_and_socks_is_refused(api: BotApi) -> None:
    bot = build_bot(TOKEN, "http://telegram.invalid", proxy=api.root, timeouts=QUICK)
    async with bot:
        assert bot.username == "qingfeng_bot"
    with pytest.raises(ValueError, match="socks") as caught:
        build_bot(TOKEN, api.root, proxy="socks5://user:pass@host:1")
    assert "pass" not in str(caught.value)


def serves(api: BotApi, content: bytes, *, claimed: int | None = None, status: int = 200) -> None:
    async def file(_: web.Request) -> web.StreamResponse:
        return web.Response(body=content, status=status)

    about = {"file_id": "f", "file_unique_id": "u", "file_path": "voice/声音 1.oga"}
    api.answers["getFile"] = says(about | ({} if claimed is None else {"file_size": claimed}))
    api.answers["voice/声音 1.oga"] = file


async def test_a_file_comes_in_pieces_and_whole(api: BotApi, bot: DiscreetBot) -> None:
    serves(api, PHOTO, claimed=len(PHOTO))
    pieces = [piece async for piece in download(bot, "f")]
    assert b"".join(pieces) == PHOTO
    assert max(map(len, pieces)) <= 64 * 1024


async def test_a_file_may_not_be_larger_than_it_claims_or_than_we_take(api: BotApi, bot: DiscreetBot) -> None:
    serves(api, PHOTO, claimed=10**9)
    with pytest.raises(TooBig):
        _ = [piece async for piece in download(bot, "f")]
    serves(api, PHOTO)
    with pytest.raises(TooBig):
        _ = [piece async for piece in download(bot, "f", limit=1000)]
    api.answers["getFile"] = refuses(400, "Bad Request: file is too big")
    with pytest.raises(TooBig):
        _ = [piece async for piece in download(bot, "f")]


async def test_a_lost_file_is_gone(api: BotApi, bot: DiscreetBot) -> None:
    serves(api, b"", status=404)
    with pytest.raises(Gone):
        _ = [piece async for piece in download(bot, "f")]
    api.answers["getFile"] = refuses(400, "Bad Request: wrong file_id or the file is temporarily unavailable")
    with pytest.raises(Gone):
        _ = [piece async for piece in download(bot, "f")]


async def test_a_torn_download_is_a_network_error_not_a_short_file(api: BotApi, bot: DiscreetBot) -> None:
    async def torn(request: web.Request) -> web.StreamResponse:
        answer = web.StreamResponse(headers={"Content-Length": "100000"})
        await answer.prepare(request)
        await answer.write(b"x" * 1000)
        assert request.transport is not None
        request.transport.close()
        return answer

    serves(api, b"")
    api.answers["voice/声音 1.oga"] = torn
    with pytest.raises(NetworkError):
        _ = [piece async for piece in download(bot, "f")]


async def test_leaving_a_download_early_closes_its_connection(api: BotApi, bot: DiscreetBot) -> None:
    serves(api, PHOTO * 4)
    async with aclosing(download(bot, "f")) as pieces:
        assert await anext(pieces)
    serves(api, PHOTO)
    assert b"".join([piece async for piece in download(bot, "f")]) == PHOTO
