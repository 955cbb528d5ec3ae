"""A resident at the public site: fills in the form that stands on the page, as a browser without scripts would."""

from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from types import TracebackType
from typing import Any, Self, cast

from aiohttp import ClientSession, FormData
from aiohttp.test_utils import TestClient, TestServer
from aiohttp.web import Application, Request

from admin.public.app import SERVER, PublicConfig, public_site
from models.house import house
from models.sealed_files import LocalStore
from tests.admin.client import Page, Reader
from tests.world import World

File = tuple[str, str, bytes]
"""Field, name, bytes."""


@dataclass
class Visitor:
    """Somebody with a phone. `page` is what he sees."""

    world: World
    client: "TestClient[Request, Application]"
    headers: dict[str, str] = field(default_factory=dict)
    page: Page = field(default_factory=lambda: Page(0, "", "", {}, []))

    @classmethod
    def at(cls, world: World, config: PublicConfig | None = None) -> Self:
        return cls(world, TestClient(TestServer(public_site(config or PublicConfig()))))

    async def __aenter__(self) -> Self:
        await self.client.server.start_server(**SERVER)
        await self.client.start_server()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.client.close()

    def stored_files(self) -> list[Path]:
        """What lies in the folder of encrypted files."""
        return [path for path in cast("LocalStore", house().files)._root.glob("??/??/*") if path.is_file()]

    def beside(self) -> "Visitor":
        """Another phone on the same line."""
        return Visitor(self.world, self.client, dict(self.headers))

    @property
    def session(self) -> ClientSession:
        return self.client.session

    @property
    def secret(self) -> str:
        return self.page.form("/report").fields["form"]

    @property
    def code(self) -> str:
        return self.page.html.split('id="code">')[1].split("<")[0]

    def says(self, *words: str) -> None:
        for word in words:
            assert word in self.page.html, f"{word} is not on the page: {self.page.html}"

    async def get(self, path: str) -> Page:
        return await self._ask("GET", path, None)

    async def post(self, path: str, fields: dict[str, str], headers: dict[str, str] | None = None) -> Page:
        """A form nobody was shown."""
        return await self._ask("POST", path, fields, headers)

    async def press(self, action: str = "/report", *files: File, **typed: str) -> Page:
        """Fill in the page's form and press a button: do="submit", answer="V01"."""
        form = self.page.form(action)
        fields = {**form.fields, **typed}
        if not files:
            return await self._ask("POST", form.action, fields)
        data = FormData(quote_fields=False, default_to_multipart=True)  # as browsers send names
        for name, value in fields.items():
            data.add_field(name, value)
        for name, file_name, body in files:
            data.add_field(name, BytesIO(body), filename=file_name, content_type="application/octet-stream")
        return await self._ask("POST", form.action, data)

    async def reaches_story(self, village: str = "清水村", concerns: str = "village") -> Page:
        await self.get("/")
        await self.press()
        await self.press(answer=self.world.units[village].id.hex)
        await self.press(answer="V01")
        return await self.press(answer=concerns)

    async def reaches_review(self, words: str = "去年的种粮补贴没到手。", *files: File) -> Page:
        await self.reaches_story()
        await self.press("/report", *files, text=words, do="next")
        return await self.press(answer="anonymous")

    async def files_tip(self, words: str = "去年的种粮补贴没到手。", *files: File) -> str:
        await self.reaches_review(words, *files)
        await self.press(do="submit")
        return self.code

    async def _ask(self, method: str, path: str, body: Any, headers: dict[str, str] | None = None) -> Page:
        asked = self.client.request(method, path, data=body, headers={**self.headers, **(headers or {})})
        async with asked as answer:
            html = await answer.text()
            assert not answer.cookies
            self.page = Page(answer.status, answer.url.path_qs, html, dict(answer.headers), Reader(html).forms)
            return self.page
