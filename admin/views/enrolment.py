"""入站: an invitation becomes a member with a key of his own. Two forms: the code, then the person.

The code of an invitation is 80 random bits, so this door counts no tries: a count by address would only let
strangers shut it, for all come through the same proxy.
"""

import re
from typing import Final

from aiohttp import web

from admin.forms import text
from admin.language import words_of
from admin.pages import page
from admin.problems import status_of
from admin.routing import public
from models import passwords
from models.errors import DomainError, Invalid
from models.staff import Invite, Staff
from models.unit import tree

SEED: Final = re.compile(r"[A-Z2-7]{32}")


@public
async def door(request: web.Request) -> web.StreamResponse:
    """Asks for the code. It is never in an address."""
    return await page(request, "enrol/code.html", problem=None)


@public
async def invited(request: web.Request) -> web.StreamResponse:
    """The code is good: ask who it is."""
    code = await text(request, "invite")
    try:
        return await _form(request, code, await Invite.find(code), passwords.new_totp_seed())
    except Invalid as problem:
        return await page(request, "enrol/code.html", status=status_of(problem), problem=problem)


@public
async def enrol(request: web.Request) -> web.StreamResponse:
    """Make the member. Whatever must be mended, the rest stays typed and the phone's code stays good."""
    code, seed = await text(request, "invite"), await text(request, "seed")
    try:
        invite = await Invite.find(code)
    except Invalid as problem:
        return await page(request, "enrol/code.html", status=status_of(problem), problem=problem)
    try:
        staff = await _enrolled(request, invite, seed)
    except Invalid as problem:
        kept = seed if SEED.fullmatch(seed) else passwords.new_totp_seed()
        return await _form(request, code, invite, kept, problem=problem)
    return await page(request, "enrol/done.html", staff=staff, fingerprint=staff.fingerprint())


async def _enrolled(request: web.Request, invite: Invite, seed: str) -> Staff:
    password = await text(request, "password")
    if password != await text(request, "again"):
        raise Invalid("enrol.passwords_differ")
    if not SEED.fullmatch(seed):
        raise Invalid("enrol.code_wrong")
    return await invite.enrol(
        login=await text(request, "login"),
        name=await text(request, "name"),
        password=password,
        totp_seed=seed,
        totp_code=await text(request, "code"),
    )


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
        qr=picture(passwords.totp_uri(seed, login or invite.role, words_of(request)("panel.title"))),
        login=login,
        name=await text(request, "name"),
        problem=problem,
    )


def picture(content: str) -> str:
    """A QR code as an svg element to stand in a page; it needs no style and no other address."""
    import segno

    return str(segno.make(content, error="m").svg_inline(scale=4, border=3, light="#fff", svgclass="qr"))
