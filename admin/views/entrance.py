"""In and out: password and one-time code in one form."""

from typing import Any, Final

from aiohttp import web

from admin.config import CONFIG, OPENED
from admin.forms import own_path, text
from admin.pages import page, set_cookie
from admin.problems import status_of
from admin.routing import member, public
from models.errors import DomainError, Invalid, Throttled
from models.kept import give_back
from models.session import LoggedIn, log_in, log_out, opened

BROWSER_KNOWN_DAYS: Final = 365


@public
async def door(request: web.Request) -> web.StreamResponse:
    """The form. Who is logged in already goes straight on."""
    onward = own_path(request.query.get("next", "/"))
    if await opened(request.cookies.get(request.app[CONFIG].session_cookie, "")):
        raise web.HTTPSeeOther(onward)
    return await _form(request, next=onward, kept="")


@public
async def enter(request: web.Request) -> web.StreamResponse:
    """Log in. A form that was interrupted by the end of a session comes back filled, ready to send."""
    onward, kept = own_path(await text(request, "next")), await text(request, "kept")
    login, config = await text(request, "login"), request.app[CONFIG]
    try:
        logged_in = await log_in(
            login=login,
            password=await text(request, "password"),
            code=await text(request, "code"),
            browser_mark=request.cookies.get(config.browser_cookie, ""),
        )
    except (Invalid, Throttled) as problem:
        status = status_of(problem)
        return await _form(request, status=status, next=onward, kept=kept, login=login, problem=problem)
    response = await _onward(request, logged_in, onward, kept)
    set_cookie(response, config.session_cookie, logged_in.cookie, secure=config.https)
    mark = logged_in.browser_mark
    set_cookie(response, config.browser_cookie, mark, secure=config.https, days=BROWSER_KNOWN_DAYS)
    return response


@member
async def leave(request: web.Request) -> web.StreamResponse:
    """End the session at once, on the server too."""
    await log_out(request[OPENED])
    response = web.HTTPSeeOther(request.app.router["login"].url_for())
    config = request.app[CONFIG]
    response.del_cookie(config.session_cookie, path="/", secure=config.https, httponly=True, samesite="Strict")
    raise response


async def _onward(request: web.Request, logged_in: LoggedIn, onward: str, packed: str) -> web.StreamResponse:
    kept = give_back(packed, logged_in.staff.id) if packed else {}
    if not kept:  # nothing was; or it is another member's, and then his page is not for this one either
        return web.Response(status=303, headers={"Location": "/" if packed else onward})
    session = await opened(logged_in.cookie)
    if session is None:
        raise Invalid("login.refused")
    request[OPENED] = session
    return await page(request, "resume.html", path=onward, kept=kept)


async def _form(
    request: web.Request,
    *,
    status: int = 200,
    login: str = "",
    problem: DomainError | None = None,
    **context: Any,
) -> web.Response:
    return await page(request, "login.html", status=status, login=login, problem=problem, **context)
