"""The same promise at the two sites: what is typed into panel and public page lies nowhere in clear.

The applications run here, over real HTTP, with the product's own log at DEBUG and a temporary folder that is watched.
"""

import asyncio
import logging
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cli.journal import Discreet
from models.desk import inbox
from models.matter import Matter
from tests.admin.client import Desk
from tests.bot.test_pieces import photo
from tests.databases import Templates, execute
from tests.faults.scan import findings
from tests.faults.words import Words
from tests.fixtures import world
from tests.public.visitor import Visitor
from tests.world import PASSWORD, World

__all__ = ["world"]

pytestmark = [pytest.mark.faults, pytest.mark.timeout(120)]


@pytest.fixture
def watched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Temporary files and a log of everything, where the search will look."""
    (tmp_path / "tmp").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "tmp"))
    handler = logging.FileHandler(tmp_path / "log")
    handler.setFormatter(Discreet())
    root, level = logging.getLogger(), logging.getLogger().level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield tmp_path
    root.setLevel(level)
    root.removeHandler(handler)
    handler.close()


class Song:
    """A word of its own for each field, counted up."""

    def __init__(self) -> None:
        self.words, self._sung = Words(), 0

    def word(self) -> str:
        self._sung += 1
        return f"{self.words.mark}{self._sung:03d}"


async def a_resident(world: World, song: Song) -> str:
    """Files by name with a photo, is refused a page, looks for wrong codes, adds; answers the code."""
    async with Visitor.at(world) as visitor:
        await visitor.get("/?s=" + song.word())
        await visitor.get("/")
        await visitor.press()
        await visitor.press(search=song.word(), do="search")
        await visitor.reaches_story()
        refused = ("files", song.word() + ".jpg", f"<html>{song.word()}</html>".encode())
        await visitor.press("/report", refused, text=song.word(), do="next")
        taken = ("files", song.word() + ".jpg", photo() + song.word().encode())
        await visitor.press("/report", taken, text=song.word(), do="next")
        await visitor.press(answer="named")
        for line in ("name", "reach", "safe"):
            await visitor.press(**{line: song.word()}, do="next")
        await visitor.press(do="submit")
        code = visitor.code
        await visitor.get("/track")
        await visitor.press("/track", code=song.word())
        await visitor.get("/track")
        await visitor.press("/track", code=code)
        return code


async def a_clerk(world: World, song: Song) -> None:
    """Mistypes his password, reads, writes in every field, loses his session with words in a form, looks astray."""
    async with Desk.at(world) as desk:
        await desk.log_in("shouli", password=song.word())
        stranger = (await desk.get("/login")).form("/login")
        await desk.send(stranger, login=song.word(), password=song.word(), code="000000")
        await desk.log_in("shouli")
        item = (await inbox(await world.actor("shouli"))).items[0]
        address = f"/tips/{item.tip_id.hex}"
        page = await desk.get(address)
        assert song.words.mark in page.html
        await desk.get(f"/tips/{song.word()}?before={song.word()}")
        await desk.send((await desk.get(address)).form("/registration"))
        for form, name, extra in (
            ("/replies", "words", {}),
            ("/notes", "words", {}),
            ("/summary", "summary", {}),
            ("/acceptance", "summary", {"assignee": "nobody"}),
            ("/acceptance", "summary", {}),
        ):
            page = await desk.get(address)
            await desk.send(page.form(form), **{name: song.word()}, **extra)
        page = await desk.get(address)
        await desk.send(page.form("/replies"), words=song.word() * 1_000)
        await desk.send(page.form("/conclusion"), answer=song.word())
        page = await desk.get(address)
        world.clock.forward(minutes=30)
        lost = await desk.send(page.form("/notes"), words=song.word())
        assert lost.status == 401


async def searched(watched: Path, templates: Templates, backend: str, words: Words) -> list[str]:
    found = await asyncio.to_thread(findings, watched, words)
    if backend == "postgres" and templates.server:
        await asyncio.to_thread(asyncio.run, execute(templates.server, "CHECKPOINT"))
        found += await asyncio.to_thread(findings, templates.server, words)
    return found


async def test_words_typed_at_either_site_are_found_nowhere_in_clear(
    world: World, watched: Path, templates: Templates, backend: str
) -> None:
    song = Song()
    code = await a_resident(world, song)
    await a_clerk(world, song)
    song.words.secrets = {"a receipt code": code, "without dashes": code.replace("-", ""), "a password": PASSWORD}
    assert await searched(watched, templates, backend, song.words) == []


@pytest.mark.parametrize("backend", ["sqlite"])
@pytest.mark.parametrize("leak", ["log", "temporary file"])
async def test_a_planted_leak_at_the_desk_is_found(
    world: World, watched: Path, templates: Templates, monkeypatch: pytest.MonkeyPatch, leak: str
) -> None:
    reply = Matter.reply

    async def leaking(matter: Matter, words: str, **rest: Any) -> Any:
        if leak == "log":
            logging.getLogger("admin").debug(words)
        else:
            with tempfile.NamedTemporaryFile("w", delete=False) as file:
                file.write(words)
        return await reply(matter, words, **rest)

    monkeypatch.setattr(Matter, "reply", leaking)
    song = Song()
    await a_resident(world, song)
    await a_clerk(world, song)
    assert await searched(watched, templates, "sqlite", song.words)
