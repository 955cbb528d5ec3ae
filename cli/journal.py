"""The log: time, level, who speaks, and words of ours. Everything else is withheld, whatever a library says.

An allow-list, because nobody can list all that must not get in: updates, texts, names, codes, tokens, keys.
Our own messages pass as they stand in the source; their arguments pass only as small numbers or single plain words.
"""

import asyncio
import logging
import re
import sys
import traceback
from pathlib import Path
from types import TracebackType
from typing import Any, Final

OURS: Final = frozenset({"app", "cli", "bot", "admin", "models", "settings", "__main__"})
WITHHELD: Final = "…"
LARGEST_NUMBER: Final = 10_000_000  # beyond it a number may be a person's
_ROOT: Final = Path(__file__).parent.parent
_NAME: Final = re.compile(r"[A-Za-z][A-Za-z_.-]{0,47}")  # one word, no digits: no sentences, codes, keys, numbers
_OUR_FOLDERS: Final = tuple(str(_ROOT / name) for name in ("app.py", "cli", "bot", "admin", "models"))


class Discreet(logging.Formatter):
    """Formats what is allowed."""

    def format(self, record: logging.LogRecord) -> str:
        """One line, and for an error of ours where it happened."""
        told = f"{self.formatTime(record)} {record.levelname} {record.name} {_words(record)}"
        if record.exc_info and record.exc_info[0]:
            told += f" [{record.exc_info[0].__name__} at {_places(record.exc_info[2])}]"
        return told


def start(level: str) -> None:
    """Send the log to the error stream, and errors nobody caught into the log."""
    from bot.logs import quiet_libraries

    handler = logging.StreamHandler()
    handler.setFormatter(Discreet())
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for talkative in ("asyncio", "apscheduler", "tortoise", "aiosqlite", "PIL"):
        logging.getLogger(talkative).setLevel(logging.WARNING)
    quiet_libraries()
    sys.excepthook = _uncaught


def watch(loop: asyncio.AbstractEventLoop) -> None:
    """A task that dies alone is told of as type and place; asyncio would print it whole."""
    loop.set_exception_handler(_alone)


def _words(record: logging.LogRecord) -> str:
    if record.name.partition(".")[0] not in OURS or not isinstance(record.msg, str):
        return f"({Path(record.pathname).name}:{record.lineno})"
    try:
        return record.msg % _shown(record.args) if record.args else record.msg
    except (TypeError, ValueError):
        return record.msg


def _shown(args: Any) -> Any:
    # logging hands a lone dict on as it is, for %(name)s; none of ours means that.
    return WITHHELD if isinstance(args, dict) else tuple(map(_allowed, args))


def _allowed(arg: object) -> object:
    if isinstance(arg, bool | float) or (isinstance(arg, int) and abs(arg) < LARGEST_NUMBER):
        return arg
    if isinstance(arg, int):
        return -1  # keeps %d working and says that there was one
    return arg if isinstance(arg, str) and _NAME.fullmatch(arg) else WITHHELD


def _places(trace: TracebackType | None) -> str:
    """The innermost lines of our own code."""
    frames = [frame for frame in traceback.extract_tb(trace) if frame.filename.startswith(_OUR_FOLDERS)]
    return (
        " < ".join(f"{Path(frame.filename).name}:{frame.lineno}" for frame in reversed(frames[-3:]))
        or "no line of ours"
    )


def _alone(_loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    error = context.get("exception")
    info = (type(error), error, error.__traceback__) if isinstance(error, BaseException) else None
    logging.getLogger("app").error("a task failed alone", exc_info=info)


def _uncaught(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    logging.getLogger("app").critical("stopped by an error", exc_info=(kind, error, trace))
