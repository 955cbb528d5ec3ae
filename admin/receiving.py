"""Forms of the panel that may bring files: read piece by piece, straight into encryption, as on the residents' site."""

import hmac
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web

from admin.config import CONFIG, POSTED
from admin.public.incoming import receive
from admin.public.posted import Posted
from models.draft import Draft
from models.errors import Forbidden, Invalid
from models.intake import draft_of
from models.session import Opened


@asynccontextmanager
async def received(request: web.Request, session: Opened | None) -> AsyncIterator[None]:
    """Within, the form stands in the request. Files that found no place in a draft are gone afterwards.

    No file is taken before the form has shown its token; without a session only words are read.
    """

    async def draft(posted: Posted) -> Draft:
        if session is None or not hmac.compare_digest(posted.text("token").encode(), session.csrf.encode()):
            raise Forbidden("error.form_token")
        if posted.secret is None:
            raise Invalid("file.lost")
        return await draft_of(session.actor, posted.secret)

    posted = request[POSTED] = await receive(request, request.app[CONFIG].patience, draft)
    try:
        yield
    finally:
        await posted.give_back()
