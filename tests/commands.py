"""Runs our command line as real processes."""

import asyncio
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parent.parent
PATIENCE = 60


@dataclass(frozen=True)
class Done:
    """How a command ended."""

    code: int
    out: str
    err: str


@dataclass
class Live:
    """A command that runs on. `out` grows line by line."""

    process: asyncio.subprocess.Process
    out: list[str] = field(default_factory=list)

    async def ready(self) -> str:
        """All it said until it was ready."""
        assert self.process.stdout
        while line := (await self.process.stdout.readline()).decode():
            self.out.append(line)
            if "Ready." in line:
                return "".join(self.out)
        raise AssertionError(f"ended before it was ready: {await self.errors()}")

    async def stop(self) -> Done:
        """Asked to end, as a system would."""
        self.process.send_signal(signal.SIGTERM)
        out, err = await asyncio.wait_for(self.process.communicate(), PATIENCE)
        return Done(self.process.returncode or 0, "".join(self.out) + out.decode(), err.decode())

    async def errors(self) -> str:
        assert self.process.stderr
        return (await self.process.stderr.read()).decode()


async def command(*arguments: str, env: Mapping[str, str] | None = None, said: str | None = None) -> Done:
    """Run to the end. `said` comes from a pipe; without it nobody can be asked."""
    process = await _start(arguments, env or {})
    out, err = await asyncio.wait_for(process.communicate((said or "").encode()), PATIENCE)
    return Done(process.returncode or 0, out.decode(), err.decode())


@asynccontextmanager
async def live(*arguments: str, env: Mapping[str, str]) -> AsyncIterator[Live]:
    """Run until the block ends."""
    running = Live(await _start(arguments, env))
    try:
        yield running
    finally:
        if running.process.returncode is None:
            running.process.kill()
            await running.process.wait()


async def _start(arguments: tuple[str, ...], env: Mapping[str, str]) -> asyncio.subprocess.Process:
    pipe = asyncio.subprocess.PIPE
    surroundings = {"PATH": os.environ.get("PATH", ""), "PYTHONWARNINGS": "error", "PYTHONIOENCODING": "utf-8"}
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "app",
        *arguments,
        cwd=ROOT,
        env=surroundings | dict(env),
        stdin=pipe,
        stdout=pipe,
        stderr=pipe,
    )


def free_ports() -> dict[str, str]:
    """Two ports nobody listens on, as settings."""
    with socket.create_server(("127.0.0.1", 0)) as one, socket.create_server(("127.0.0.1", 0)) as other:
        return {"PUBLIC_PORT": str(one.getsockname()[1]), "PANEL_PORT": str(other.getsockname()[1])}
