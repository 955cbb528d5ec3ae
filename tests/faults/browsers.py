"""Residents at the web page. Their browser knows one thing when a page does not come: send the same form again."""

import asyncio
import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, Final

import aiohttp
from aiohttp import ClientSession, ClientTimeout, FormData

from locales import t
from tests.admin.client import Form, Page, Reader
from tests.bot.test_pieces import OGG, photo
from tests.faults.desk import QUESTION

PATIENCE: Final = ClientTimeout(total=5)
PAUSES: Final = (0.02, 0.05, 0.1)
UNAVAILABLE: Final = 503
BROKEN: Final = 500
File = tuple[str, str, bytes]
"""Field, name, bytes."""


class Browser:
    """Fills in the form that stands on the page, and reloads until a page comes."""

    def __init__(self, root: str, dice: random.Random) -> None:
        self._root, self._dice = root, dice
        self.page = Page(0, "", "", {}, [])
        self.wrong: list[str] = []

    async def opens(self, path: str) -> Page:
        return await self._until_it_comes(path, None, ())

    async def presses(self, action: str, *files: File, **typed: str) -> Page:
        """Fill in, send; as often as it takes."""
        form = self.page.form(action)
        return await self.sends(Form(form.action, form.method, {**form.fields, **typed}), *files)

    async def sends(self, form: Form, *files: File) -> Page:
        """Exactly this form, as a reload does."""
        return await self._until_it_comes(form.action, form.fields, files)

    async def _until_it_comes(self, path: str, fields: Mapping[str, str] | None, files: tuple[File, ...]) -> Page:
        while True:
            try:
                page = await self._ask(path, fields, files)
            except (aiohttp.ClientError, OSError, TimeoutError):
                page = None
            if page and page.status < BROKEN:
                self.page = page
                return page
            if page and page.status != UNAVAILABLE:
                self.wrong.append(f"{path} answered {page.status}")
            await asyncio.sleep(self._dice.choice(PAUSES))

    async def _ask(self, path: str, fields: Mapping[str, str] | None, files: tuple[File, ...]) -> Page:
        method, body = ("GET", None) if fields is None else ("POST", _body(fields, files))
        async with (
            ClientSession(timeout=PATIENCE) as session,
            session.request(method, self._root + path, data=body) as answer,
        ):
            html = await answer.text()
            return Page(answer.status, answer.url.path_qs, html, dict(answer.headers), Reader(html).forms)


def _body(fields: Mapping[str, str], files: tuple[File, ...]) -> FormData:
    data = FormData(quote_fields=False, default_to_multipart=bool(files))
    for name, value in fields.items():
        data.add_field(name, value)
    for name, file_name, content in files:
        data.add_field(name, content, filename=file_name, content_type="application/octet-stream")
    return data


@dataclass
class WebResident:
    """One person, one form, one tip. What he was shown as kept, he expects to be kept."""

    browser: Browser
    dice: random.Random
    village: str
    named: bool
    code: str = ""
    told: list[str] = field(default_factory=list)
    added: list[str] = field(default_factory=list)
    files: list[str] = field(default_factory=list)
    added_files: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, root: str, number: int, dice: random.Random, village: str) -> "WebResident":
        """The number decides what kind of person it is."""
        return cls(Browser(root, dice), dice, village, named=number % 2 == 0)

    async def live(self) -> None:
        """From the first page to the answer handed in."""
        await self.tells()
        await self.hands_in()
        await self.tracks()
        await self.answers()

    async def tells(self) -> None:
        """Every question; the files come with two forms."""
        await self.browser.opens("/")
        for answer in ("", self.village, "V01", "village"):
            await self.browser.presses("/report", **({"answer": answer} if answer else {}))
        self.told = [f"去年的补贴没到手{self.dice.randrange(10**9)}"]
        await self._attaches("photo", "账本.jpg", photo() + self.dice.randbytes(200_000), do="more")
        await self._attaches("voice", "lu.ogg", OGG + self.dice.randbytes(70_000), do="more")
        await self.browser.presses("/report", text=self.told[0], do="next")

    async def _attaches(self, field_name: str, name: str, content: bytes, **typed: str) -> None:
        self.files.append(sha256(content).hexdigest())
        page = await self.browser.presses("/report", (field_name, name, content), text=self.told[0], **typed)
        self._expects(page.html.count('value="drop.') == len(self.files), f"a page does not list {name} once")

    async def hands_in(self) -> None:
        """The receipt, and the same receipt when the form is sent again."""
        await self.browser.presses("/report", answer="named" if self.named else "anonymous")
        if self.named:
            await self.browser.presses("/report", name="张三", reach="只发消息", safe="", do="next")
        form = self.browser.page.form("/report")
        submit = Form(form.action, form.method, {**form.fields, "do": "submit"})
        self.code = _code_on(await self.browser.sends(submit))
        self._expects(bool(self.code), "there is no receipt")
        self._expects(_code_on(await self.browser.sends(submit)) == self.code, "a second look shows another receipt")

    async def tracks(self) -> None:
        """With the code, again and again until the desk has asked."""
        while QUESTION not in self.browser.page.html:
            await self.browser.opens("/track")
            await self.browser.presses("/track", code=self.code)
            await asyncio.sleep(0.05)

    async def answers(self) -> None:
        """With words and a file; and once more by a double tap."""
        content, form = photo() + self.dice.randbytes(70_000), self.browser.page.form("/track")
        self.added, self.added_files = [f"补充{self.dice.randrange(10**9)}"], [sha256(content).hexdigest()]
        answer = Form(form.action, form.method, {**form.fields, "text": self.added[0], "do": "add"})
        for _ in range(2):
            page = await self.browser.sends(answer, ("photo", "b.jpg", content))
            self._expects(t("zh_CN", "adding.taken") in page.html, "an addition is not said to be taken")

    def _expects(self, kept: bool, otherwise: str) -> None:
        if not kept:
            self.browser.wrong.append(otherwise)

    def facts(self) -> dict[str, Any]:
        """What the checker compares with the database."""
        kept = {name: getattr(self, name) for name in ("code", "told", "added", "files", "added_files", "named")}
        return {**kept, "wrong": self.browser.wrong}

    def describe(self) -> str:
        """What he sees."""
        return f"{self.browser.page.status} {self.browser.page.html[-3000:]}"


def _code_on(page: Page) -> str:
    return page.html.split('id="code">')[1].split("<")[0] if 'id="code">' in page.html else ""
