"""Somebody at the web page who leaves a canary word in every field, and whole files full of them."""

from typing import Final

from locales import t
from tests.admin.client import Page
from tests.faults.browsers import Browser
from tests.faults.words import Words
from tests.world import PASSWORD

DEATHS: Final = (
    ("web: a piece came", 25),
    ("file: bytes stored, row not", 1),
    ("web file: before COMMIT", 1),
    ("web file: after COMMIT", 1),
    ("web submit: before COMMIT", 1),
    ("web addition: before COMMIT", 1),
)
"""Lives end in the middle of an upload and around each commit; the browser sends its form again."""


class WebSinger:
    """Files by name with two files, comes back with the code, and answers with a third."""

    def __init__(self, browser: Browser, words: Words, village: str) -> None:
        self._browser, self._words, self._village = browser, words, village
        self.secrets: dict[str, str] = {"a password": PASSWORD}

    async def sings(self) -> None:
        """The whole way."""
        await self._tells()
        await self._hands_in()
        await self._comes_back()

    async def _tells(self) -> None:
        words, browser = self._words, self._browser
        await browser.opens("/")
        await browser.presses("/report")
        self.secrets["a form's secret"] = browser.page.form("/report").fields["form"]
        await browser.presses("/report", search=words["village"], do="search")
        for answer in (self._village, "V01", "village"):
            await browser.presses("/report", answer=answer)
        for number, do in enumerate(("more", "next")):
            file = ("files", f"{words['file name']}-{number}.txt", self._letter(number))
            await browser.presses("/report", file, text=words["story"], do=do)

    async def _hands_in(self) -> None:
        words = self._words
        await self._browser.presses("/report", answer="named")
        lines = {"name": words["own name"], "reach": words["reach"], "safe": words["safe"]}
        await self._browser.presses("/report", **lines, do="next")
        page = await self._browser.presses("/report", do="submit")
        code = page.html.split('id="code">')[1].split("<")[0]
        self.secrets |= {"a receipt code": code, "a receipt code without dashes": code.replace("-", "")}

    async def _comes_back(self) -> None:
        words, code = self._words, self.secrets["a receipt code"]
        await self._looks(words["wrong code"])
        while words["reply"] not in (await self._looks(code)).html:
            pass
        self.secrets["a thread's secret"] = self._browser.page.form("/track").fields["form"]
        file = ("files", f"{words['file name']}.txt", self._letter(3))
        page = await self._browser.presses("/track", file, text=words["addition"], do="add")
        if t("zh_CN", "adding.taken") not in page.html:
            raise AssertionError(page.html)

    async def _looks(self, code: str) -> Page:
        await self._browser.opens("/track")
        return await self._browser.presses("/track", code=code)

    def _letter(self, number: int) -> bytes:
        """A text of several pieces, each line with the word."""
        return f"证明{number}：{self._words['file content']}。\n".encode() * 8_000
