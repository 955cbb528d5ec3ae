"""Keeps what people wrote, tokens and addresses of visitors out of the logs of our libraries."""

import logging
from collections.abc import Callable
from typing import Any

# PTB prints whole updates (CRITICAL) and payloads (ERROR, DEBUG), httpx prints URLs with the token, aiohttp
# the visitor's address. Their words are dropped; only that they spoke, and where in their code, goes on.
TALKATIVE = ("telegram", "httpx", "httpcore", "aiohttp")


class _Discreet:
    """Makes log records. At their birth, because no handler, filter or propagation can go round it there."""

    def __init__(self, make: Callable[..., logging.LogRecord]) -> None:
        self._make = make

    def __call__(self, name: str, *rest: Any, **more: Any) -> logging.LogRecord:
        record = self._make(name, *rest, **more)
        if name.partition(".")[0] in TALKATIVE:
            failure = record.exc_info[0] if record.exc_info else None
            record.msg = f"line {record.lineno}: withheld, {failure.__name__ if failure else 'no error'}"
            record.args, record.exc_info, record.stack_info = (), None, None
        return record


def quiet_libraries() -> None:
    """Call once, where logging is configured. Calling again changes nothing."""
    for name in TALKATIVE:
        logging.getLogger(name).setLevel(logging.WARNING)
    make = logging.getLogRecordFactory()
    if not isinstance(make, _Discreet):
        logging.setLogRecordFactory(_Discreet(make))
