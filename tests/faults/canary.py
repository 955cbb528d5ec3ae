"""The canary run: every place where somebody may type gets a word of its own, then every byte on disk is read."""

import asyncio
import json
import os
import random
import secrets
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from aiohttp.test_utils import unused_port

from bot.simulator import Simulator
from tests.databases import execute
from tests.faults.browsers import Browser
from tests.faults.canary_web import DEATHS, WebSinger
from tests.faults.journey import Singer
from tests.faults.nursery import Child, Nursery
from tests.faults.reaper import Ledger
from tests.faults.scan import findings
from tests.faults.template import DATABASE, Template
from tests.faults.words import Words
from tests.world import PASSWORD

PATIENCE = 30.0


async def sing(template: Template, folder: Path, *, webhook: bool = False, variant: str = "") -> list[str]:
    """What was found in clear, one line each; an empty list is the promise kept."""
    watched = folder / "watched"
    async with Nursery(TMPDIR=str(watched / "tmp")) as nursery:
        with template.copy(watched) as url:
            (watched / "tmp").mkdir()
            return await _Concert(nursery, template, watched, url).play(webhook=webhook, variant=variant)


async def sing_at_the_page(template: Template, folder: Path, *, variant: str = "") -> list[str]:
    """The same at the web page, where the process dies again and again among the uploads."""
    watched = folder / "watched"
    async with Nursery(TMPDIR=str(watched / "tmp")) as nursery:
        with template.copy(watched) as url:
            (watched / "tmp").mkdir()
            return await _Concert(nursery, template, watched, url).play_at_the_page(variant)


class _Concert:
    def __init__(self, nursery: Nursery, template: Template, folder: Path, url: str) -> None:
        self._nursery, self._template, self._folder, self._url = nursery, template, folder, url
        self._words = Words()
        self._sim = Simulator(f"7000000002:{secrets.token_urlsafe(24)}", webhook_delays=(0.02, 0.1))

    async def play(self, *, webhook: bool, variant: str) -> list[str]:
        """Half of the journey, a kill, the other half, a kill, and the search."""
        order = self._order(variant)
        if webhook:
            order |= {"port": unused_port(), "secret": secrets.token_urlsafe(24)}
        singer = Singer(self._sim, self._words)
        # A planted leak shows in the first half.
        halves = [singer.tells] if variant else [singer.tells, singer.comes_back]
        async with self._sim.running() as api:
            for half in halves:
                async with self._life(order | {"api": api, "url": self._url}) as child, asyncio.timeout(PATIENCE):
                    await half()
                    await self._served(child)
        self._words.secrets |= self._known_secrets(order, singer.code)
        await self._nursery.do(self._folder, "erased", url=self._url)
        kept: list[str] = json.loads((self._folder / "erased.json").read_text())
        return kept + self._written() + await self._searched()

    async def play_at_the_page(self, variant: str) -> list[str]:
        """Many short lives under one song, a last one until it ends, and the search."""
        deaths = () if variant else DEATHS  # a planted leak shows at once
        port = unused_port()
        browser, village = Browser(f"http://127.0.0.1:{port}", random.Random(1)), self._template.told["units"]["清水村"]
        singer = WebSinger(browser, self._words, village)
        async with self._sim.running() as api, asyncio.timeout(2 * PATIENCE):
            order = self._order(variant) | {"api": api, "url": self._url, "public_port": port}
            song = asyncio.ensure_future(singer.sings())
            for place, nth in deaths:
                child = await self._nursery.start(self._folder, "serve", **order, place=place, nth=nth)
                ends: list[asyncio.Future[Any]] = [child.ended, song]
                await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
                child.kill()
                await child.ended
            async with self._life(order):
                await song
        died = [line[1] for line in Ledger.read(self._folder) if line[0] == "killed"]
        missed = [f"nobody died at {place}" for place, _ in deaths if place not in died]
        self._words.secrets |= singer.secrets
        return missed + self._written() + await self._searched()

    def _order(self, variant: str) -> dict[str, Any]:
        words = self._words.told() | {"seed": self._template.told["seeds"]["shouli"]}
        return {"token": self._sim.token, "variant": variant, "watched": True, "words": words}

    @asynccontextmanager
    async def _life(self, order: dict[str, Any]) -> AsyncIterator[Child]:
        """Ended by -9, whatever it was doing."""
        child = await self._nursery.start(self._folder, "serve", **order)
        try:
            yield child
        finally:
            child.kill()
            if await child.ended != -signal.SIGKILL:
                raise RuntimeError((self._folder / "child.log").read_text())

    async def _served(self, child: Child) -> None:
        """Telegram has nothing more to give, and what it gave has been taken and answered."""
        while len(self._sim.world.updates):  # noqa: ASYNC110  a queue without a bell
            await asyncio.sleep(0.02)
        asked = self._asked_idle()
        os.kill(child.pid, signal.SIGUSR1)
        while self._asked_idle() == asked:  # noqa: ASYNC110  news from another process
            await asyncio.sleep(0.02)

    def _asked_idle(self) -> int:
        return sum(line[0] == "idle" for line in Ledger.read(self._folder))

    def _known_secrets(self, order: dict[str, Any], code: str) -> dict[str, str]:
        noted = {line[0]: line[1] for line in Ledger.read(self._folder) if line[0] in {"cookie", "invite"}}
        codes = {"a receipt code": code, "a receipt code without dashes": code.replace("-", "")} if code else {}
        known = {
            "the bot's token": order["token"].partition(":")[2],
            **codes,
            "a password": PASSWORD,
            "a one-time seed": order["words"]["seed"],
            **noted,
        }
        return known | ({"the webhook's secret": order["secret"]} if "secret" in order else {})

    def _written(self) -> list[str]:
        """Files a process opened for writing, even if they are gone by now."""
        mine = (f"{self._folder}/files/", f"{self._folder}/{DATABASE}")
        wrote = {line[1] for line in Ledger.read(self._folder) if line[0] == "wrote"}
        return sorted(f"a file was written: {path}" for path in wrote if not path.startswith(mine))

    async def _searched(self) -> list[str]:
        found = await asyncio.to_thread(findings, self._folder, self._words)
        if server := self._template.server:
            # What the server holds in memory goes to its files first.
            await asyncio.to_thread(asyncio.run, execute(server, "CHECKPOINT"))
            found += await asyncio.to_thread(findings, server, self._words)
        return found
