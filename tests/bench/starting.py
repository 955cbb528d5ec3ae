"""What an operator feels: help at once, a server that is soon up, and small while nothing happens."""

import asyncio
import socket
import tempfile
import time
from pathlib import Path

import psutil

from bot.simulator import TOKEN
from tests.bench import phones
from tests.bench.child import child
from tests.bench.figures import Figure, Options
from tests.commands import command, free_ports, live

TIMES = 5
STARTS = 3
IDLE = 5
COUNTY = ("--county", "云岭县", "--office", "云岭县纪委监委")


async def starting(_options: Options) -> list[Figure]:
    """The real command line, as real processes; the bot polls a simulated Telegram."""
    helps = [await _help() for _ in range(TIMES)]
    with tempfile.TemporaryDirectory(prefix="qingfeng-bench-") as folder:
        async with child(phones.main, ("ours",)) as telegram:
            root = (await telegram.ask("where"))["ours"]
            env = {"DATA_DIR": f"{folder}/data", "TELEGRAM_TOKEN": TOKEN, "TELEGRAM_API_URL": root}
            await _init(Path(folder), env)
            served = [await _serve(env | free_ports()) for _ in range(STARTS)]
    return [
        Figure("starting.help", min(helps), "s", most=0.5),
        Figure("starting.serve", min(ready for ready, _ in served), "s until both sites listen", most=2.0),
        Figure("starting.idle_rss", max(rss for _, rss in served), "MB", most=150),
    ]


async def _help() -> float:
    began = time.perf_counter()
    done = await command("--help")
    if done.code:
        raise AssertionError(done.err)
    return time.perf_counter() - began


async def _init(folder: Path, env: dict[str, str]) -> None:
    public = str(folder / "recovery.pub")
    for arguments in (("recovery", "create", "--public-to", public), ("init", "--recovery-public", public, *COUNTY)):
        done = await command(*arguments, env=env)
        if done.code:
            raise AssertionError(done.err)


async def _serve(env: dict[str, str]) -> tuple[float, float]:
    """Seconds until it is ready and answers, and its megabytes after five idle seconds."""
    began = time.perf_counter()
    async with live("serve", env=env) as process:
        await process.ready()
        for port in ("PUBLIC_PORT", "PANEL_PORT"):
            socket.create_connection(("127.0.0.1", int(env[port])), timeout=1).close()
        ready = time.perf_counter() - began
        await asyncio.sleep(IDLE)
        rss = psutil.Process(process.process.pid).memory_info().rss / 1e6
        await process.stop()
    return ready, rss
