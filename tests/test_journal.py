"""The log lets through what is ours and small, and withholds everything else."""

import logging
import sys
from collections.abc import Iterator
from types import TracebackType

import pytest

from cli.journal import WITHHELD, Discreet

SECRETS = (
    "7K4M-Q2XD-9RTA-W5HC",
    "123456789:AAF-token",
    "李阿姨",
    "村主任收了两百块",
    "0000-1234567",
    "a" * 64,
    "they took my money",
    "deadbeef01",
    b"bytes",
    {"text": "words"},
    5_000_000_001,
    ValueError("words"),
)


@pytest.mark.parametrize("secret", SECRETS, ids=repr)
def test_an_argument_that_could_be_anything_is_withheld(secret: object) -> None:
    told = line("bot.runner", "update %s was set aside", secret)
    assert str(secret) not in told
    assert "was set aside" in told


@pytest.mark.parametrize("word", ["fetch", "TimeoutError", "chain-audit-entries", 17, 0.5, True])
def test_plain_words_and_small_numbers_pass(word: object) -> None:
    assert str(word) in line("app", "job %s failed", word)


def test_a_large_number_does_not_break_its_sentence() -> None:
    assert "update -1 waits" in line("models.inbox", "update %d waits", 5_000_000_001)


@pytest.mark.parametrize("name", ["telegram.ext", "aiohttp.access", "apscheduler", "asyncio", "root", "botany"])
def test_a_library_may_only_say_that_it_spoke(name: str) -> None:
    told = line(name, "GET /bot123:token 村主任")
    assert "token" not in told
    assert "test_journal.py" in told


def test_a_message_that_is_no_text_is_withheld() -> None:
    assert "words" not in line("bot", {"text": "words"})  # type: ignore[arg-type]


def test_an_error_shows_its_type_and_our_lines_never_its_words() -> None:
    told = line("app", "a task failed alone", trouble=next(troubles()))
    assert "ValueError at" in told
    assert "村主任" not in told


def test_too_few_arguments_do_not_raise() -> None:
    assert "job %s of %s" in line("app", "job %s of %s", "one")


def test_withheld_is_visible() -> None:
    assert WITHHELD in line("bot", "said %s", "村主任")


def troubles() -> Iterator[tuple[type[BaseException], BaseException, TracebackType]]:
    try:
        int("村主任")
    except ValueError:
        kind, error, trace = sys.exc_info()
        assert kind
        assert error
        assert trace
        yield kind, error, trace


def line(name: str, message: str, *arguments: object, trouble: object = None) -> str:
    record = logging.LogRecord(name, logging.INFO, __file__, 1, message, arguments, trouble)  # type: ignore[arg-type]
    return Discreet().format(record)
