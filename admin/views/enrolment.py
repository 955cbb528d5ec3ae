"""入站: an invitation becomes a member with a key of his own. Two forms: the code, then the person.

The same door takes the code of a reset, by which a member who lost his password makes himself a new key. Codes
are 80 random bits, so this door counts no tries: a count by address would only let strangers shut it, for all
come through the same proxy.
"""

from aiohttp import web

from admin.forms import text
from admin.pages import page
from admin.phone import new_password, scanned, seed_again, seed_of
from admin.problems import status_of
from admin.routing import public
from models import passwords, reset
from models.errors import DomainError, Invalid
from models.rescue import make_codes
from models.reset import Reset
from models.staff import Invite, Staff
from models.unit import tree


@public
async def door(request: web.Request) -> web.StreamResponse:
    """Asks for the code. It is never in an address."""
    return await page(request, "enrol/code.html", problem=None)


@public
async def invited(request: web.Request) -> web.StreamResponse:
    """The code is good: ask who it is, or, after a reset, for a new password."""
    code, seed = await text(request, "invite"), passwords.new_totp_seed()
    try:
        return await _form(request, code, await Invite.find(code), seed)
    except Invalid:
        pass
    try:
        return await _renewal_form(request, code, await reset.find(code), seed)
    except Invalid as problem:
        return await _code_again(request, problem)


@public
async def enrol(request: web.Request) -> web.StreamResponse:
    """Make the member. Whatever must be mended, the rest stays typed and the phone's code stays good."""
    code = await text(request, "invite")
    try:
        invite = await Invite.find(code)
    except Invalid as problem:
        return await _code_again(request, problem)
    try:
        staff = await invite.enrol(
            login=await text(request, "login"),
            name=await text(request, "name"),
            password=await new_password(request),
            totp_seed=await seed_of(request),
            totp_code=await text(request, "code"),
        )
    except Invalid as problem:
        return await _form(request, code, invite, await seed_again(request), problem=problem)
    return await _done(request, staff)


@public
async def renew(request: web.Request) -> web.StreamResponse:
    """A new key, password and telephone for a member whom two others let in again."""
    code = await text(request, "invite")
    try:
        found = await reset.find(code)
    except Invalid as problem:
        return await _code_again(request, problem)
    try:
        staff = await reset.renew(
            code,
            password=await new_password(request),
            totp_seed=await seed_of(request),
            totp_code=await text(request, "code"),
        )
    except Invalid as problem:
        return await _renewal_form(request, code, found, await seed_again(request), problem=problem)
    return await _done(request, staff)


async def _done(request: web.Request, staff: Staff) -> web.Response:
    """The fingerprint to read out, and rescue codes for paper: here once, and never again."""
    codes = await make_codes(staff)
    return await page(request, "enrol/done.html", staff=staff, fingerprint=staff.fingerprint(), codes=codes)


async def _code_again(request: web.Request, problem: DomainError) -> web.Response:
    return await page(request, "enrol/code.html", status=status_of(problem), problem=problem)


async def _form(
    request: web.Request, code: str, invite: Invite, seed: str, *, problem: DomainError | None = None
) -> web.Response:
    login = await text(request, "login")
    return await page(
        request,
        "enrol/person.html",
        status=status_of(problem) if problem else 200,
        invite=invite,
        unit=(await tree())[invite.unit_id],
        code=code,
        seed=seed,
        qr=scanned(request, seed, login or invite.role),
        login=login,
        name=await text(request, "name"),
        problem=problem,
    )


async def _renewal_form(
    request: web.Request, code: str, found: Reset, seed: str, *, problem: DomainError | None = None
) -> web.Response:
    staff = await Staff.get(id=found.staff_id)
    return await page(
        request,
        "enrol/renew.html",
        status=status_of(problem) if problem else 200,
        staff=staff,
        code=code,
        seed=seed,
        qr=scanned(request, seed, staff.login),
        problem=problem,
    )
