import logging
from collections.abc import Iterator

import pytest

from bot.logs import TALKATIVE, quiet_libraries


@pytest.fixture
def quiet() -> Iterator[None]:
    make = logging.getLogRecordFactory()
    levels = {name: logging.getLogger(name).level for name in TALKATIVE}
    quiet_libraries()
    quiet_libraries()
    yield
    logging.setLogRecordFactory(make)
    for name, level in levels.items():
        logging.getLogger(name).setLevel(level)


@pytest.mark.usefixtures("quiet")
@pytest.mark.parametrize("name", ["telegram.ext.Application", "telegram.Bot", "httpx", "aiohttp.server"])
def test_libraries_speak_without_words(name: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    failure = ValueError("补贴没到手")
    logging.getLogger(name).critical("update %s at %s", "补贴", "https://x/bot1:T", exc_info=failure, stack_info=True)
    logging.getLogger(name).info("HTTP Request: POST https://x/bot1:T")
    assert "补贴" not in caplog.text
    assert "bot1:T" not in caplog.text
    assert [record.name for record in caplog.records] == [name]
    assert "ValueError" in caplog.records[0].getMessage()


@pytest.mark.usefixtures("quiet")
def test_our_own_words_are_left_alone(caplog: pytest.LogCaptureFixture) -> None:
    logging.getLogger("bot.watchdog").warning("Telegram %s works", "fetch")
    assert caplog.records[0].getMessage() == "Telegram fetch works"
