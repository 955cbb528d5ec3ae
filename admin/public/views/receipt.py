"""The receipt: the code as groups, as a QR picture in the page, and as a picture to keep."""

from typing import Final

from aiohttp import web

from admin.public.pages import language_of, page
from admin.public.qr import code_picture, code_svg
from admin.public.visit import Visit
from models.errors import NotFound
from models.text import clean
from models.tip import Filed
from models.unit import steady_tree

PICTURE: Final = "qingfeng.png"
"""The name says nothing of what it is, to somebody who looks through a phone."""


def receipt_page(visit: Visit, filed: Filed) -> web.Response:
    """What to keep, who has it, and what happens next. Words that came after it was handed in stay on the page."""
    told = clean(visit.posted.text("text")) if visit.question == "story" else ""
    return page(
        visit.request,
        "receipt.html",
        form=visit.secret.hex(),
        code=str(filed.code),
        qr=code_svg(language_of(visit.request), str(filed.code)),
        filed=filed,
        left_over=told,
    )


async def picture(request: web.Request) -> web.Response:
    """`POST /receipt/picture`: the code as a PNG. The form's secret comes in the body, the code never in an address."""
    visit = await Visit.arrive(request)
    async with steady_tree():
        filed = await Filed.known(visit.telling) if visit.posted.secret else None
    if filed is None:
        raise NotFound
    body = code_picture(language_of(request), str(filed.code))
    headers = {"Content-Disposition": f'attachment; filename="{PICTURE}"'}
    return web.Response(body=body, content_type="image/png", headers=headers)
