"""The harness's side of the zygote: children are born, killed and waited for."""

import asyncio
import itertools
import json
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from contextlib import suppress
from pathlib import Path
from typing import Any, Self

ROOT = Path(__file__).parent.parent.parent


class Child:
    """One process of ours."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.ended: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    def kill(self) -> None:
        """With -9."""
        if not self.ended.done():
            with suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)


class Nursery:
    """`async with Nursery() as nursery: child = await nursery.start(folder, "serve", …)`."""

    def __init__(self, **environ: str) -> None:
        self._environ = {**os.environ, "PYTHONPATH": str(ROOT), **environ}
        self._orders = itertools.count()
        self._awaited: dict[int, asyncio.Future[Child]] = {}
        self._living: dict[int, Child] = {}
        self._process: Process
        self._ears: asyncio.Task[None]

    async def __aenter__(self) -> Self:
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.faults.zygote", stdin=PIPE, stdout=PIPE, cwd=ROOT, env=self._environ
        )
        self._ears = asyncio.create_task(self._listen())
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        await self._process.wait()
        await self._ears

    async def start(self, folder: Path, job: str, **spec: Any) -> Child:
        """A child doing `job` in `folder`. What it prints goes to `child.log` there."""
        assert self._process.stdin is not None
        number = next(self._orders)
        born: asyncio.Future[Child] = asyncio.get_running_loop().create_future()
        self._awaited[number] = born
        order = {"order": number, "job": job, "folder": str(folder), **spec}
        self._process.stdin.write(json.dumps(order).encode() + b"\n")
        return await born

    async def do(self, folder: Path, job: str, **spec: Any) -> None:
        """A job that ends by itself, and well."""
        child = await self.start(folder, job, **spec)
        if code := await child.ended:
            raise RuntimeError(f"{job} ended with {code}:\n{(folder / 'child.log').read_text()}")

    async def _listen(self) -> None:
        assert self._process.stdout is not None
        async for line in self._process.stdout:
            news = json.loads(line)
            if "born" in news:
                child = self._living[news["born"]] = Child(news["born"])
                self._awaited.pop(news["order"]).set_result(child)
            else:
                self._living.pop(news["died"]).ended.set_result(news["code"])
        for born in self._awaited.values():
            born.set_exception(RuntimeError("the zygote is gone"))
