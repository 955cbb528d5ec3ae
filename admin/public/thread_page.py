"""The pages of an open thread: what there is to read, and the small pages behind its rarer buttons."""

import secrets
from collections.abc import Awaitable, Callable
from typing import Any, Final

from aiohttp import web

from admin.problems import status_of
from admin.public.pages import language_of, listed, page
from admin.public.qr import code_svg
from admin.public.visit import Visit
from models import protection
from models.codes import Code
from models.errors import DomainError
from models.later_name import can_give_name
from models.protection import MAX_WORDS
from models.terms import Side, Verdict
from models.thread import Heard, Thread

MARK_BYTES: Final = 16
OK: Final = 200


async def thread_page(
    visit: Visit,
    thread: Thread,
    *,
    problem: DomainError | None = None,
    notice: str = "",
    typed: str | None = None,
    before: int | None = None,
) -> web.Response:
    """Where it stands, the newest lines (or those before one), what can be said and done. Words not handed in stay."""
    lines, status, verdicts = await thread.heard(before=before), await thread.status(), await thread.verdicts()
    kept = "\n".join(part.text for part in visit.draft.adding.parts if part.text)
    return _page(
        visit,
        "thread.html",
        problem=problem,
        notice=notice,
        stands=status,
        handler=(await thread.handler()).office,
        answered=bool(await thread.heard(only=Side.DESK, most=1)),
        lines=lines,
        earlier=await _earlier(thread, lines),
        looks_back=before is not None,
        asked=await thread.asked(),
        judges=Verdict.AGREED in verdicts,
        verdicts=[one.value for one in verdicts],
        text=kept if typed is None else typed,
        files=visit.shown_files(visit.draft.adding),
        wish=await protection.asked(thread),
        can_give_name=await can_give_name(thread),
    )


async def small_page(visit: Visit, thread: Thread, name: str, *, problem: DomainError | None = None) -> web.Response:
    """One of the pages behind a button, with what was typed on it."""
    context = await SMALL_PAGES[name](visit, thread)
    return _page(visit, f"{name}.html", problem=problem, at=name, **context)


def new_code_page(visit: Visit, code: Code) -> web.Response:
    """The new code, as after filing."""
    picture = code_svg(language_of(visit.request), str(code))
    return _page(visit, "renewed.html", code=str(code), qr=picture)


def _page(
    visit: Visit, template: str, *, problem: DomainError | None = None, notice: str = "", **context: Any
) -> web.Response:
    return page(
        visit.request,
        template,
        status=status_of(problem) if problem else OK,
        form=visit.secret.hex(),
        mark=secrets.token_hex(MARK_BYTES),
        problem=problem,
        notice=notice,
        untaken=visit.posted.untaken,
        **context,
    )


async def _earlier(thread: Thread, lines: list[Heard]) -> int | None:
    return lines[0].order if await thread.has_earlier(lines) else None


async def _afraid(visit: Visit, thread: Thread) -> dict[str, Any]:
    offices = [node.office for node in await protection.told_to(thread)]
    return {
        "offices": listed(language_of(visit.request), offices),
        "fear": visit.posted.text("fear"),
        "most": MAX_WORDS,
    }


async def _later(visit: Visit, thread: Thread) -> dict[str, Any]:  # noqa: ARG001  every page is called alike
    return {"lines": [(one, visit.posted.text(one)) for one in ("name", "reach", "safe")]}


async def _new_code(visit: Visit, thread: Thread) -> dict[str, Any]:  # noqa: ARG001  every page is called alike
    return {}


SMALL_PAGES: Final[dict[str, Callable[[Visit, Thread], Awaitable[dict[str, Any]]]]] = {
    "afraid": _afraid,
    "later": _later,
    "new_code": _new_code,
}
