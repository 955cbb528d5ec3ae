"""A browser of few words: it follows redirects, keeps cookies and fills in forms as they stand on the page."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from types import TracebackType
from typing import Self

from aiohttp import ClientSession, CookieJar
from aiohttp.test_utils import TestClient, TestServer
from aiohttp.web import Application, Request

from admin.app import SERVER, panel
from admin.config import PanelConfig
from tests.world import PASSWORD, World


@dataclass
class Form:
    action: str
    method: str
    fields: dict[str, str] = field(default_factory=dict)


@dataclass
class Page:
    """What came back: status, where, its words and its forms."""

    status: int
    path: str
    html: str
    headers: dict[str, str]
    forms: list[Form]

    def form(self, action: str) -> Form:
        """The form that goes to this address (or ends so)."""
        found = [form for form in self.forms if form.action.endswith(action)]
        assert found, f"no form to {action} on {self.path}: {[form.action for form in self.forms]}"
        return found[0]

    def has_form(self, action: str) -> bool:
        return any(form.action.endswith(action) for form in self.forms)


class Reader(HTMLParser):
    """Forms with what stands in them."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self._open: Form | None = None
        self._area = ""
        self._select = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._open = Form(told.get("action", ""), told.get("method", "get"))
            self.forms.append(self._open)
        elif self._open is not None:
            self._field(self._open, tag, told)

    def _field(self, form: Form, tag: str, told: dict[str, str]) -> None:
        if tag == "input" and told.get("type") not in {"checkbox", "radio"} and "name" in told:
            form.fields[told["name"]] = told.get("value", "")
        elif tag == "input" and "checked" in told and "name" in told:
            form.fields[told["name"]] = told.get("value", "on")
        elif tag == "textarea":
            self._area = told.get("name", "")
            form.fields[self._area] = ""
        elif tag == "select":
            self._select = told.get("name", "")
        elif tag == "option" and ("selected" in told or self._select not in form.fields):
            form.fields[self._select] = told.get("value", "")

    def handle_data(self, data: str) -> None:
        if self._open is not None and self._area:
            self._open.fields[self._area] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._open = None
        elif tag == "textarea":
            self._area = ""


@dataclass
class Desk:
    """Somebody at a browser."""

    world: World
    client: "TestClient[Request, Application]"

    @classmethod
    def at(cls, world: World, config: PanelConfig | None = None) -> Self:
        server = TestServer(panel(config or PanelConfig(https=False)))
        return cls(world, TestClient(server, cookie_jar=CookieJar(unsafe=True)))

    async def __aenter__(self) -> Self:
        await self.client.server.start_server(**SERVER)
        await self.client.start_server()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.client.close()

    @property
    def session(self) -> ClientSession:
        return self.client.session

    async def get(self, path: str) -> Page:
        return await self._ask("GET", path, None)

    async def send(self, form: Form, **typed: str) -> Page:
        """Fill in and send. A field given as "" is sent empty; `_drop` names fields left out."""
        return await self._ask(form.method.upper(), form.action, {**form.fields, **typed})

    async def post(self, path: str, fields: dict[str, str], headers: dict[str, str] | None = None) -> Page:
        """A form nobody was shown."""
        return await self._ask("POST", path, fields, headers)

    async def log_in(self, login: str, *, password: str = PASSWORD) -> Page:
        page = await self.get("/login")
        form = page.form("/login")
        return await self.send(form, login=login, password=password, code=self.world.fresh_code(login))

    async def log_out(self) -> None:
        await self.send((await self.get("/account")).form("/logout"))

    async def _ask(
        self, method: str, path: str, fields: dict[str, str] | None, headers: dict[str, str] | None = None
    ) -> Page:
        async with self.client.request(method, path, data=fields, headers=headers) as answer:
            html = await answer.text()
            return Page(answer.status, answer.url.path_qs, html, dict(answer.headers), Reader(html).forms)
