"""What stands before every form of the site: is it ours, how busy is its address; and behind it, kind errors."""

import asyncio
import logging
import secrets
import string
from functools import wraps
from ipaddress import IPv6Address, ip_address
from typing import Final
from urllib.parse import urlsplit

from aiohttp import web

from admin.problems import status_of
from admin.public.config import CONFIG
from admin.public.pages import page
from admin.routing import Handler
from models.db import DatabaseBusy
from models.errors import DomainError, Forbidden
from models.unit import steady_tree

HTTP_KEYS: Final = {404: "error.not_found", 405: "error.method", 413: "error.too_large"}
CLIENT_ERRORS: Final = range(400, 500)
_log = logging.getLogger(__name__)


def door(handler: Handler) -> Handler:
    """For each of the site's own addresses. Routes that app.py mounts stand beside it and keep their own rules."""

    @wraps(handler)
    async def guarded(request: web.Request) -> web.StreamResponse:
        try:
            if request.method == "POST":
                check_sender(request)
                await asyncio.sleep(request.app[CONFIG].gate.post_wait(address_of(request)))
            return await handler(request)
        except DomainError as problem:
            return await problem_page(request, status_of(problem), problem.key, **problem.params)
        except web.HTTPException as answer:
            if answer.status not in CLIENT_ERRORS:
                raise
            return await problem_page(request, answer.status, HTTP_KEYS.get(answer.status, "error.request"))
        except DatabaseBusy:
            return await problem_page(request, 503, "error.busy")
        except TimeoutError:
            return await problem_page(request, 408, "public.slow")
        except ConnectionError:  # the phone went away
            raise
        except Exception as error:  # noqa: BLE001  the last door: whatever it was, its text stays inside
            return await problem_page(request, 500, "public.broken", reference=note(error))

    return guarded


@web.middleware
async def lost(request: web.Request, handler: Handler) -> web.StreamResponse:
    """A kind page where there is nothing."""
    if request.match_info.http_exception is None:
        return await handler(request)
    status = request.match_info.http_exception.status
    return await problem_page(request, status, HTTP_KEYS.get(status, "error.request"))


def check_sender(request: web.Request) -> None:
    """A form must come from a page of ours. Without cookies another site gains nothing by it; still we ask."""
    site, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin", "null")
    foreign = site not in {None, "same-origin", "none"}
    # Our referrer policy makes browsers say "null"; then Sec-Fetch-Site, or nothing, decides.
    if foreign or (origin != "null" and urlsplit(origin).netloc not in _own_hosts(request)):
        raise Forbidden("error.form_foreign")


def address_of(request: web.Request) -> str:
    """Whose request it is, for the gate alone: the caller's address, of IPv6 the network's half."""
    header = request.app[CONFIG].forwarded_header
    told = request.headers.get(header, "").rpartition(",")[2].strip() if header else ""
    try:
        address = ip_address(told or request.remote or "")
    except ValueError:
        return request.remote or ""
    return str(int(address) >> 64) if isinstance(address, IPv6Address) else str(address)


def note(error: Exception) -> str:
    """Write down that something broke, and where in the code; never a word of anybody. Answers a reference."""
    # Letters only, and the line apart: the journal withholds words with digits in them.
    reference, trace = "".join(secrets.choice(string.ascii_lowercase) for _ in range(8)), error.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    place, line = (trace.tb_frame.f_code.co_name, trace.tb_lineno) if trace else ("?", 0)
    _log.error("public %s %s in %s line %d", reference, type(error).__name__, place, line)
    return reference


async def problem_page(request: web.Request, status: int, key: str, **params: object) -> web.Response:
    """One sentence, and the ways on."""
    async with steady_tree():
        answer = page(request, "problem.html", status=status, key=key, params=params)
    if not request.content.at_eof():
        answer.force_close()
    return answer


def _own_hosts(request: web.Request) -> set[str]:
    return {request.host, urlsplit(request.app[CONFIG].public_url).netloc}
