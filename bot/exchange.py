"""One exchange with the Bot API: what goes out, and what may be believed of what comes back."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from io import BytesIO
from typing import Any

import aiohttp
from telegram.error import NetworkError, TelegramError, TimedOut
from telegram.request import RequestData

from bot.refusals import NotSent, NotSentInTime, SlowDown

_NO_ANSWER = b'{"ok":false}'


def parsed(payload: bytes) -> dict[str, Any]:
    """The answer as an object, or a TelegramError without its text."""
    try:
        answer = json.loads(payload.decode("utf-8", "replace"))
    except (ValueError, RecursionError):
        answer = None
    if not isinstance(answer, dict):
        raise TelegramError("Invalid server response")
    return answer


def body_of(data: RequestData | None) -> tuple[bytes | aiohttp.FormData | None, dict[str, str] | None]:
    """JSON where it will do, multipart where files go along, with the headers that say so."""
    if data is None:
        return None, None
    if not data.contains_files:
        return json.dumps(data.parameters).encode("ascii"), {"Content-Type": "application/json"}
    # Raw UTF-8 in file names, as browsers send it: Telegram shows percent signs as they are.
    form = aiohttp.FormData(quote_fields=False)
    for name, text in data.json_parameters.items():
        form.add_field(name, text)
    for name, (filename, content, mime) in data.multipart_data.items():
        # aiohttp sends bytes in one piece, with a warning beyond a megabyte; a stream goes out bit by bit.
        source = BytesIO(content) if isinstance(content, bytes) else content
        form.add_field(name, source, filename=filename, content_type=mime)
    return form, None


def judged(status: int, payload: bytes) -> tuple[int, bytes]:
    """Only the Bot API's own words go on to PTB, which puts a foreign page whole into its exception."""
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        raise SlowDown.told_by(payload)
    if status == HTTPStatus.OK:
        return (status, payload) if b'"result"' in payload else (HTTPStatus.BAD_GATEWAY, _NO_ANSWER)
    try:
        parsed(payload)
    except TelegramError:
        return status, _NO_ANSWER
    return status, payload


@contextmanager
def wire_errors() -> Iterator[None]:
    """Turns failures of aiohttp into PTB's: their texts hold the URL, only the type's name goes on."""
    try:
        yield
    except aiohttp.ConnectionTimeoutError:
        raise NotSentInTime("No connection in time") from None
    except TimeoutError:
        raise TimedOut from None
    except aiohttp.ClientConnectorError as error:
        raise NotSent(type(error).__name__) from None
    except (aiohttp.ClientError, ConnectionError, ValueError) as error:
        raise NetworkError(type(error).__name__) from None
