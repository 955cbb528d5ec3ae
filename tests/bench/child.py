"""A process of its own for each side, so that CPU can be told apart. They answer questions over a pipe."""

import asyncio
import multiprocessing
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from multiprocessing.connection import Connection
from typing import Any

import psutil
import uvloop

Answer = Callable[..., Awaitable[Any]]
Main = Callable[..., Coroutine[Any, Any, None]]
STOP = "stop"


class Child:
    """The asking end."""

    def __init__(self, pipe: "Connection[Any, Any]", pid: int) -> None:
        self._pipe, self._process = pipe, psutil.Process(pid)

    async def ask(self, name: str, /, **arguments: Any) -> Any:
        """Ask and wait. What went wrong there is raised here."""
        self._pipe.send((name, arguments))
        error, answer = await asyncio.to_thread(self._pipe.recv)
        if error is not None:
            raise RuntimeError(error)
        return answer

    def cpu(self) -> float:
        """Seconds of CPU used so far, in all its threads."""
        used = self._process.cpu_times()
        return used.user + used.system

    def memory(self) -> float:
        """Megabytes it holds now."""
        return float(self._process.memory_info().rss) / 1e6


@asynccontextmanager
async def child(main: Main, *arguments: Any, on_uvloop: bool = True) -> AsyncIterator[Child]:
    """Runs `main(pipe, *arguments)` in a fresh interpreter until the block is left."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_run, args=(main, theirs, arguments, on_uvloop), daemon=True)
    process.start()
    theirs.close()
    assert process.pid is not None
    try:
        yield Child(ours, process.pid)
    finally:
        with suppress(OSError):
            ours.send((STOP, {}))
        await asyncio.to_thread(process.join, 10)
        process.terminate()


async def answering(pipe: "Connection[Any, Any]", **answers: Answer) -> None:
    """The answering end: one question after the other, until told to stop."""
    while True:
        name, arguments = await asyncio.to_thread(pipe.recv)
        if name == STOP:
            return
        try:
            told: tuple[str | None, Any] = None, await answers[name](**arguments)
        except Exception as error:  # noqa: BLE001  the asking side wants to hear of any
            told = f"{type(error).__name__}: {error}", None
        pipe.send(told)


def _run(
    main: Main,
    pipe: "Connection[Any, Any]",
    arguments: tuple[Any, ...],
    on_uvloop: bool,
) -> None:
    (uvloop if on_uvloop else asyncio).run(main(pipe, *arguments))
