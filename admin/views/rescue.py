"""A lost telephone: password and a rescue code from the paper give way to a new telephone, in one form."""

from aiohttp import web

from admin.config import CONFIG
from admin.forms import text
from admin.pages import page
from admin.phone import scanned, seed_again, seed_of
from admin.problems import status_of
from admin.routing import public
from models import passwords
from models.errors import DomainError, Invalid, Throttled
from models.rescue import codes_left, renew_totp


@public
async def door(request: web.Request) -> web.StreamResponse:
    """The form, with a fresh secret for the new telephone."""
    return await _form(request, passwords.new_totp_seed())


@public
async def new_phone(request: web.Request) -> web.StreamResponse:
    """One rescue code is used up; every session ends, and the old telephone's codes are worth nothing."""
    try:
        staff = await renew_totp(
            login=await text(request, "login"),
            password=await text(request, "password"),
            rescue_code=await text(request, "rescue"),
            totp_seed=await seed_of(request),
            totp_code=await text(request, "code"),
            browser_mark=request.cookies.get(request.app[CONFIG].browser_cookie, ""),
        )
    except (Invalid, Throttled) as problem:
        return await _form(request, await seed_again(request), problem=problem)
    return await page(request, "enrol/new_phone.html", left=await codes_left(staff))


async def _form(request: web.Request, seed: str, *, problem: DomainError | None = None) -> web.Response:
    login = await text(request, "login") if problem else ""
    return await page(
        request,
        "enrol/rescue.html",
        status=status_of(problem) if problem else 200,
        seed=seed,
        qr=scanned(request, seed, login or "-"),
        login=login,
        problem=problem,
    )
