"""How commands speak: plain English lines, refusals on the error stream, and one way to add a command."""

import argparse
import asyncio
import sys
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

DONE, REFUSED = 0, 1
Commands = Any  # argparse keeps the type of its sub-parsers private
Run = Callable[[argparse.Namespace], Awaitable[int]]


class Refusal(Exception):
    """Ends a command with a sentence that says what is wrong and what to do."""


def add(commands: Commands, name: str, run: Run | None, *, about: str, more: str = "") -> argparse.ArgumentParser:
    """Add a command. `about` is its line in the list, `more` its lesson with examples."""
    made: argparse.ArgumentParser = commands.add_parser(
        name,
        help=about,
        description=about[0].upper() + about[1:] + ".",
        epilog=more,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    if run is not None:
        made.set_defaults(run=lambda given: asyncio.run(_coroutine(run, given)))
    return made


async def _coroutine(run: Run, given: argparse.Namespace) -> int:
    return await run(given)


def on_uvloop(work: Coroutine[Any, Any, int]) -> int:
    """Run on the faster loop, where there is one."""
    try:
        import uvloop
    except ImportError:
        return asyncio.run(work)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(work)


def say(*lines: str) -> None:
    """Lines for the operator; flushed, so that a program reading them need not wait."""
    print(*lines, sep="\n", flush=True)


def complain(*lines: str) -> None:
    """Lines on the error stream."""
    print(*lines, sep="\n", file=sys.stderr, flush=True)


def heading(words: str) -> None:
    """A title with a line under it."""
    say("", words, "-" * len(words))


def ask(question: str, *, option: str) -> str:
    """Ask at the console. Refusal when nobody sits there: then the option must be given."""
    if not sys.stdin.isatty():
        raise Refusal(f"Nobody can be asked here: give {option}.")
    return input(question).strip()


def explained(error: Exception) -> str | None:
    """The sentence for an error that an operator can act on; None for a mistake of ours."""
    if isinstance(error, Refusal):
        return str(error)
    from models.errors import DomainError

    if isinstance(error, DomainError):
        return _in_english(error.key, error.params)
    from models.db import DatabaseBusy, MigrationRefused

    if isinstance(error, DatabaseBusy | MigrationRefused):
        return f"{str(error)[:1].upper()}{str(error)[1:]}."
    return None


def _in_english(key: str, params: dict[str, Any]) -> str:
    from locales import t

    try:
        return t("en", key, **params)
    except (KeyError, OSError):
        return f"Refused: {key}."
