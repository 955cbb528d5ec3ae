"""axe-core, as axe-playwright-python ships it, let loose on a page in Chromium; and a count of the pages it saw."""

from importlib.resources import files
from typing import Any

import aiohttp_jinja2
from aiohttp import web
from playwright.async_api import Page

SOURCE = (files("axe_playwright_python") / "axe.min.js").read_text()
UNFOLD = "() => document.querySelectorAll('details').forEach(one => { one.open = true })"
BY_NIGHT = {"runOnly": ["color-contrast"]}
PALE_ON_PURPOSE = [".watermark"]
"""Decoration (WCAG 1.4.3); what it says stands in plain words below it."""


async def accuse(page: Page, *, by_night: bool = True) -> list[str]:
    """What axe finds on the page, unfolded: everything by day, and what cannot be read by night.

    Colours are the same in every language: one of them is enough by night.

    The page's context must bypass the CSP, which forbids what axe does.
    """
    await page.emulate_media(reduced_motion="reduce")  # a colour on its way to another has no contrast of its own
    await page.evaluate(UNFOLD)
    await page.evaluate(SOURCE)
    found = await _run(page, {})
    if not by_night:
        return found
    await page.emulate_media(color_scheme="dark")
    found += [f"by night, {one}" for one in await _run(page, BY_NIGHT)]
    await page.emulate_media(color_scheme="light")
    return found


async def _run(page: Page, options: dict[str, Any]) -> list[str]:
    script = "async ([exclude, options]) => (await axe.run({exclude}, options)).violations"
    broken = await page.evaluate(script, [PALE_ON_PURPOSE, options])
    return [f"{one['id']}: {node['html'][:160]}" for one in broken for node in one["nodes"]]


def watched(app: web.Application) -> set[str]:
    """The templates the application shows from now on, so that a test can say which page nobody looked at."""
    environment, seen = aiohttp_jinja2.get_env(app), set[str]()
    find = environment.get_template

    def noting(name: Any, *rest: Any, **named: Any) -> Any:
        seen.add(str(name))
        return find(name, *rest, **named)

    environment.get_template = noting  # type: ignore[method-assign]
    return seen


def unseen(app: web.Application, seen: set[str]) -> set[str]:
    """Pages that were not shown; what only parts of pages are begins with an underscore or is the base."""
    pages = {
        name for name in aiohttp_jinja2.get_env(app).list_templates() if not name.rpartition("/")[2].startswith("_")
    }
    return pages - {"base.html"} - seen
