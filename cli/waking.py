"""Waking the domain: APScheduler knows when, the domain's verbs know what."""

import asyncio
import logging
import pkgutil
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, nullcontext
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from models.db import Turn

SHUTDOWN_SECONDS: Final = 5.0
Verb = Callable[[], Awaitable[object]]
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Job:
    """One verb of the domain that time wakes. `work` is its place in the code, found when the jobs start."""

    name: str
    every: timedelta
    work: str
    grace: timedelta  # how late a wake-up may still happen; each also happens once at the start

    def coroutine(self) -> Verb:
        """The verb."""
        found: Verb = pkgutil.resolve_name(self.work)
        return found


@asynccontextmanager
async def scheduled(jobs: tuple[Job, ...], turn: "Turn | None" = None) -> AsyncIterator[None]:
    """APScheduler only wakes the domain; nothing about time is decided here. Leaving lets running jobs finish.

    Several processes may do so: a job whose `turn` is another's is done there, and its next wake-up looks again.
    """
    from apscheduler.schedulers.asyncio import AsyncIOScheduler

    scheduler = AsyncIOScheduler(timezone="Asia/Shanghai", job_defaults={"coalesce": True, "max_instances": 1})
    at_work: set[asyncio.Task[Any]] = set()
    for job in jobs:
        scheduler.add_job(
            _guarded(job.name, job.coroutine(), turn, at_work),
            "interval",
            seconds=job.every.total_seconds(),
            misfire_grace_time=max(1, round(job.grace.total_seconds())),
            next_run_time=datetime.now().astimezone(),
        )
    scheduler.start()
    try:
        yield
    finally:
        scheduler.pause()
        if at_work:
            await asyncio.wait(at_work, timeout=SHUTDOWN_SECONDS)
        scheduler.shutdown(wait=False)


def _guarded(
    name: str, work: Verb, turn: "Turn | None", at_work: set[asyncio.Task[Any]]
) -> Callable[[], Awaitable[None]]:
    async def run() -> None:
        task = asyncio.current_task()
        if task:
            at_work.add(task)
            task.add_done_callback(at_work.discard)
        try:
            async with turn(name) if turn else nullcontext(True) as mine:
                if mine:
                    await work()
        except Exception as error:  # noqa: BLE001  the next wake-up tries again; the error may quote people
            _log.error("job %s failed: %s", name, type(error).__name__)

    return run
