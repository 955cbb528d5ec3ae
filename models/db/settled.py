"""Waiting for an answer that must be known, even when the waiting task is cancelled meanwhile."""

import asyncio
from asyncio import CancelledError, Future
from collections.abc import Callable


def _nothing() -> None:
    pass


async def settled(answer: Future[None], *, done: Callable[[], None] = _nothing) -> None:
    """Calls `done` once `answer` came without an error. A cancellation is passed on only after the answer."""
    cancelled: CancelledError | None = None
    while not answer.done():
        try:
            await asyncio.wait((answer,))
        except CancelledError as signal:
            cancelled = signal
    failure = answer.exception()
    if failure is None:
        done()
    if cancelled is not None:
        raise cancelled
    if failure is not None:
        raise failure
