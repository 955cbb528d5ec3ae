"""Errors become pages here and nowhere else. A log line holds a reference and a type, never a word of anybody."""

import logging
import secrets
from typing import Final

from aiohttp import web

from admin.config import OPENED
from admin.forms import typed_words
from admin.gate import SAFE
from admin.pages import page
from admin.routing import Handler
from models.db import DatabaseBusy
from models.errors import Conflict, Corrupt, DomainError, Forbidden, Invalid, NotFound, NotOpen, Throttled

STATUS: Final[dict[type[DomainError], int]] = {
    NotFound: 404,
    Forbidden: 403,
    Throttled: 429,
    Conflict: 409,
    Invalid: 422,
    NotOpen: 503,
    Corrupt: 500,
}
_HTTP_KEYS: Final = {404: "error.not_found", 405: "error.method", 413: "error.too_large"}
_log = logging.getLogger(__name__)


@web.middleware
async def problems(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn what went wrong into a page in the user's language, with what he typed still on it."""
    try:
        return await handler(request)
    except DomainError as problem:
        return await _domain(request, problem)
    except web.HTTPException as answer:
        if answer.status < 400:  # noqa: PLR2004  a redirect is no error
            raise
        key = _HTTP_KEYS.get(answer.status, "error.request")
        return await _page(request, answer.status, key, keep=False)
    except DatabaseBusy:
        return await _page(request, 503, "error.busy")
    except TimeoutError:
        return await _page(request, 408, "error.request", keep=False)
    except ConnectionError:  # the browser went away
        raise
    except Exception as error:  # noqa: BLE001  the last door: whatever it was, its text stays inside
        return await _unknown(request, error)


def status_of(problem: DomainError) -> int:
    """The status for a problem that a view shows on its own page."""
    return STATUS.get(type(problem), 400)


async def _domain(request: web.Request, problem: DomainError) -> web.StreamResponse:
    answer = await _page(request, status_of(problem), problem.key, **problem.params)
    if isinstance(problem, Throttled):
        answer.headers["Retry-After"] = str(problem.seconds)
    if isinstance(problem, Corrupt):
        _log.error("a directory entry does not check: %s", problem.key)
    return answer


async def _unknown(request: web.Request, error: Exception) -> web.StreamResponse:
    # Letters only: the log lets no word with digits pass (cli/journal.py).
    reference = "".join(secrets.choice("bcdfghjkmnpqrstvwxz") for _ in range(8))
    _log.error("panel %s %s at %s:%d", reference, type(error).__name__, *_place(error))
    return await _page(request, 500, "error.unknown", reference=reference)


def _place(error: Exception) -> tuple[str, int]:
    """Function and line where it was raised: code, no values."""
    trace = error.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    return (trace.tb_frame.f_code.co_name.strip("_"), trace.tb_lineno) if trace else ("nowhere", 0)


async def _page(request: web.Request, status: int, key: str, *, keep: bool = True, **params: object) -> web.Response:
    typed = await typed_words(request) if keep and request.method not in SAFE else {}
    return await page(
        request,
        "problem.html",
        status=status,
        key=key,
        params=params,
        typed=typed,
        logged_in=OPENED in request,
    )
