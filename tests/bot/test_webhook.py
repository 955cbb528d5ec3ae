import hmac
import json
from collections.abc import AsyncIterator
from io import BytesIO
from typing import Any

import pytest
from aiohttp import ClientSession, web
from aiohttp.test_utils import TestClient, TestServer

from bot.raw import RawUpdate
from bot.webhook import webhook_routes

SECRET = "秘密-and-more"
HEADER = "X-Telegram-Bot-Api-Secret-Token"
Client = TestClient[web.Request, web.Application]


class Store:
    def __init__(self) -> None:
        self.kept: list[RawUpdate] = []
        self.broken = False

    async def __call__(self, updates: list[RawUpdate]) -> None:
        if self.broken:
            raise RuntimeError("内容 quoted in an error")
        self.kept += updates


@pytest.fixture
def store() -> Store:
    return Store()


@pytest.fixture
async def client(store: Store) -> AsyncIterator[Client]:
    app = web.Application(client_max_size=1000)
    app.add_routes(webhook_routes(store, SECRET, "/telegram"))
    async with TestClient(TestServer(app)) as one:
        yield one


async def post(client: Client, body: bytes, secret: str | None = SECRET) -> Any:
    headers = {} if secret is None else {HEADER: secret}
    return await client.post("/telegram", data=BytesIO(body), headers=headers)


async def test_an_update_is_stored_word_for_word_before_the_answer(client: Client, store: Store) -> None:
    body = json.dumps({"update_id": 5, "message": {"text": "补贴" * 5000}}, ensure_ascii=False).encode()
    assert (await post(client, body)).status == 200
    assert [(one.update_id, one.body) for one in store.kept] == [(5, body)]


@pytest.mark.parametrize("secret", [None, "", "wrong", SECRET + "x", SECRET[:-1]])
async def test_a_wrong_secret_is_turned_away(client: Client, store: Store, secret: str | None) -> None:
    assert (await post(client, b'{"update_id": 1}', secret)).status == 403
    assert store.kept == []


async def test_a_raw_byte_in_the_secret_is_turned_away_not_a_crash(client: Client, store: Store) -> None:
    assert (await post(client, b"{}", "\u00ff\u2028")).status == 403
    assert store.kept == []


async def test_the_secret_is_compared_in_constant_time(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    compared: list[tuple[object, object]] = []
    real = hmac.compare_digest

    def watched(given: bytes, expected: bytes) -> bool:
        compared.append((given, expected))
        return real(given, expected)

    monkeypatch.setattr("bot.webhook.hmac.compare_digest", watched)
    await post(client, b"{}", "wrong")
    assert compared == [(b"wrong", SECRET.encode())]


@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe", b"[" * 200_000])
async def test_what_is_not_json_is_a_bad_request(client: Client, store: Store, body: bytes) -> None:
    assert (await post(client, body)).status == 400
    assert store.kept == []


@pytest.mark.parametrize(
    "body", [b"{}", b"[]", b"null", b'{"update_id": true}', b'{"update_id": "7"}', b'{"update_id": 1e400}']
)
async def test_an_update_without_a_number_is_kept_for_the_dead_letters(
    client: Client, store: Store, body: bytes
) -> None:
    assert (await post(client, body)).status == 200
    assert [(one.update_id, one.body) for one in store.kept] == [(None, body)]


async def test_a_number_no_column_holds_is_none(client: Client, store: Store) -> None:
    assert (await post(client, b'{"update_id": 9223372036854775808}')).status == 200
    assert (await post(client, b'{"update_id": -1}')).status == 200
    assert [one.update_id for one in store.kept] == [None, None]


async def test_more_than_a_megabyte_is_refused(client: Client, store: Store) -> None:
    assert (await post(client, b" " * (1024 * 1024 + 1))).status == 413
    assert store.kept == []


async def test_a_failing_store_asks_telegram_to_come_again(
    client: Client, store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    store.broken = True
    answer = await post(client, b'{"update_id": 5}')
    assert (answer.status, answer.headers["Retry-After"]) == (503, "5")
    assert "内容" not in caplog.text
    store.broken = False
    assert (await post(client, b'{"update_id": 5}')).status == 200


async def test_a_caller_who_hangs_up_is_stored_or_comes_again(client: Client, store: Store) -> None:
    async with ClientSession() as session:
        answer = await session.post(client.make_url("/telegram"), data=b'{"update_id": 8}', headers={HEADER: SECRET})
        answer.close()
    assert [one.update_id for one in store.kept] == [8]


def test_there_is_no_webhook_without_a_secret(store: Store) -> None:
    with pytest.raises(ValueError, match="secret"):
        webhook_routes(store, "", "/telegram")


def test_a_raw_update_does_not_show_its_words() -> None:
    assert "补贴" not in repr(RawUpdate.of({"update_id": 1}, "补贴".encode()))
    assert RawUpdate.of({"update_id": 1, "text": "\ud83d"}).body == b'{"update_id":1,"text":"\\ud83d"}'
