"""The receipt: the code as groups, as a QR picture in the page, and as a picture to keep."""

from contextlib import suppress
from typing import Final

from aiohttp import web

from admin.public.pages import language_of, page
from admin.public.qr import code_picture, code_svg
from admin.public.visit import Visit
from models.db import DatabaseBusy
from models.errors import NotFound
from models.text import clean
from models.thread import Thread
from models.tip import Filed
from models.unit import steady_tree

PICTURE: Final = "qingfeng.png"
"""The name says nothing of what it is, to somebody who looks through a phone."""


async def already_page(visit: Visit, filed: Filed) -> web.Response:
    """It was handed in before. What this form says beyond that is not in it: its words stay, its files are named."""
    await visit.let_go()
    with suppress(DatabaseBusy):  # then it goes after 72 hours
        await visit.draft.drop()
    told = clean(visit.posted.text("text")) if visit.question == "story" else visit.telling.words()
    return receipt_page(visit, filed, left_over="" if await _is_in(filed, told) else told)


def receipt_page(visit: Visit, filed: Filed, left_over: str = "") -> web.Response:
    """What to keep, who has it, and what happens next."""
    return page(
        visit.request,
        "receipt.html",
        form=visit.secret.hex(),
        code=str(filed.code),
        qr=code_svg(language_of(visit.request), str(filed.code)),
        filed=filed,
        left_over=left_over,
        not_in=[file.name for file in visit.posted.untaken],
    )


async def _is_in(filed: Filed, told: str) -> bool:
    """Whether the tip as it was handed in says this, and no less."""
    parts = await (await Thread.open(str(filed.code), who=None)).story()
    return told in {"", "\n".join(part["text"] for part in parts if "text" in part)}


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
