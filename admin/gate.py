"""Everything that stands before a view: whose session, which policy, and whether a form is really ours."""

import hmac
import logging
from asyncio import timeout
from typing import Final
from urllib.parse import urlsplit

from aiohttp import web

from admin.bringing import bring
from admin.config import BODY_SECONDS, CONFIG, OPENED
from admin.forms import FORM, text, words
from admin.pages import page
from admin.public.incoming import MULTIPART
from admin.receiving import received
from admin.routing import Handler, Policy, policy_of
from admin.uploading import take_spreadsheet
from models.actor import Actor
from models.db import DatabaseBusy
from models.errors import Corrupt, Forbidden, Invalid
from models.house import house
from models.kept import keep
from models.policy import may
from models.rotation import awaiting, rotate_marked
from models.session import Opened, opened

SAFE: Final = frozenset({"GET", "HEAD"})
_log = logging.getLogger(__name__)


@web.middleware
async def gate(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Session, policy, token; then the view."""
    match = request.match_info
    if match.http_exception is not None:
        return await handler(request)
    policy = policy_of(match.handler)
    if policy is None:
        raise RuntimeError("a route without a policy")
    if request.method not in SAFE:
        _check_sender(request)
        if not policy.files and not _brings_file(request, policy):
            await _read_words(request)
    if policy.public:
        return await _public(request, handler)
    session = await opened(request.cookies.get(request.app[CONFIG].session_cookie, ""))
    if policy.files and request.method not in SAFE:
        async with received(request, session):
            return await _for_member(request, handler, session, policy)
    if _brings_file(request, policy):
        await (take_spreadsheet if policy.spreadsheet else bring)(
            request, session if _allows(session, policy) else None
        )
    return await _for_member(request, handler, session, policy)


def _brings_file(request: web.Request, policy: Policy) -> bool:
    may_bring = policy.spreadsheet or policy.material
    return may_bring and request.method not in SAFE and request.content_type == MULTIPART


async def _for_member(
    request: web.Request, handler: Handler, session: Opened | None, policy: Policy
) -> web.StreamResponse:
    if session is None:
        return await _log_in_first(request)
    request[OPENED] = session
    await _check_member(request, session, policy)
    await _rotate_first(session.actor)
    return await handler(request)


async def _public(request: web.Request, handler: Handler) -> web.StreamResponse:
    if request.method not in SAFE:
        _compare(await _sent_token(request), request.cookies.get(request.app[CONFIG].form_cookie, ""))
    return await handler(request)


async def _check_member(request: web.Request, session: Opened, policy: Policy) -> None:
    if request.method not in SAFE:
        _compare(await _sent_token(request), session.csrf)
    if not _allows(session, policy):
        raise Forbidden


def _allows(session: Opened | None, policy: Policy) -> bool:
    """Whether this is open to him: also asked before a file of his is stored."""
    allowed = policy.action is None or (session and may(session.actor, policy.action, mode=house().mode))
    return bool(allowed)


async def _rotate_first(actor: Actor) -> None:
    """A ring from which somebody was removed gets its new secret in the next holder's request, whatever he asks.

    What is wrong with it is told in the log and keeps nobody from his work: the next request tries again.
    """
    if actor.unit_id not in await awaiting():
        return
    try:
        await rotate_marked(actor)
    except (Corrupt, DatabaseBusy) as problem:
        _log.error("a ring could not be rotated: %s", type(problem).__name__)


def _check_sender(request: web.Request) -> None:
    """A form must come from a page of ours. All browsers since 2020 say where it comes from, over https."""
    site, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin", "null")
    if site is not None:
        is_ours = site == "same-origin"
    elif origin != "null":
        is_ours = urlsplit(origin).netloc == request.host
    else:
        # Our referrer policy makes browsers say "null"; without https they add nothing. The token decides.
        is_ours = not request.app[CONFIG].https
    if not is_ours:
        raise Forbidden("error.form_foreign")


async def _read_words(request: web.Request) -> None:
    if request.content_type != FORM or (request.charset or "utf-8").lower() != "utf-8":
        raise Invalid("error.form_type")
    try:
        async with timeout(BODY_SECONDS):
            await request.post()
    except (ValueError, LookupError):  # bytes that are not in the charset they claim
        raise Invalid("error.form_type") from None


async def _sent_token(request: web.Request) -> str:
    return await text(request, "token")


def _compare(sent: str, expected: str) -> None:
    if not expected or not hmac.compare_digest(sent.encode(), expected.encode()):
        raise Forbidden("error.form_token")


async def _log_in_first(request: web.Request) -> web.StreamResponse:
    """Nothing typed is lost: what a form held goes through the log-in page and comes back."""
    if request.method in SAFE:
        here = request.path_qs
        query = {"next": here} if here != "/" else {}
        raise web.HTTPSeeOther(request.app.router["login"].url_for().with_query(query))
    kept = keep(await words(request), await _sent_token(request))
    onward = request.path if kept else "/"  # without words to send again there is nothing to go back to
    return await page(request, "login.html", status=401, next=onward, kept=kept, login="", problem=None)
