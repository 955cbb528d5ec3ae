"""A telephone that is to show one-time codes: its secret travels in the form until it has proved itself."""

import re
from typing import Final

from aiohttp import web

from admin.forms import text
from admin.language import words_of
from models import passwords
from models.errors import Invalid

SEED: Final = re.compile(r"[A-Z2-7]{32}")


async def seed_of(request: web.Request) -> str:
    """The secret that came back with the form. Invalid when it is none of ours."""
    seed = await text(request, "seed")
    if not SEED.fullmatch(seed):
        raise Invalid("enrol.code_wrong")
    return seed


async def seed_again(request: web.Request) -> str:
    """The same secret once more, so that the telephone's code stays good; a new one if it was spoilt."""
    seed = await text(request, "seed")
    return seed if SEED.fullmatch(seed) else passwords.new_totp_seed()


async def new_password(request: web.Request) -> str:
    """A password typed twice."""
    password = await text(request, "password")
    if password != await text(request, "again"):
        raise Invalid("enrol.passwords_differ")
    return password


def scanned(request: web.Request, seed: str, account: str) -> str:
    """The picture the telephone scans."""
    return picture(passwords.totp_uri(seed, account, words_of(request)("panel.title")))


def picture(content: str) -> str:
    """A QR code as an svg element to stand in a page; it needs no style and no other address."""
    import segno

    return str(segno.make(content, error="m").svg_inline(scale=4, border=3, light="#fff", svgclass="qr"))
