"""审计: who did what, when. Never what it was about."""

from typing import Final
from uuid import UUID

from aiohttp import web

from admin.pages import actor_of, page
from admin.routing import action
from models.audit import Audit, is_sound
from models.errors import NotFound
from models.policy import Action, scope
from models.staff import Staff

LINES: Final = 50


@action(Action.READ_AUDIT)
async def audit(request: web.Request) -> web.StreamResponse:
    """The lines of one's own unit, newest first."""
    return await _show(request)


@action(Action.READ_AUDIT)
async def verification(request: web.Request) -> web.StreamResponse:
    """Walk the unit's chain and say whether it holds."""
    return await _show(request, sound=await is_sound(actor_of(request).unit_id))


async def _show(request: web.Request, *, sound: bool | None = None) -> web.Response:
    actor = actor_of(request)
    rows = scope(actor, Audit)
    if before := request.query.get("before", ""):
        rows = rows.filter(id__lt=await _number(request, before))
    found = await rows.order_by("-id").limit(LINES + 1).values("key", "act", "actor_id", "at")
    people = {row["actor_id"] for row in found if row["actor_id"]}
    named = await Staff.filter(id__in=list(people)).values("id", "name", "role")
    return await page(
        request,
        "audit.html",
        lines=found[:LINES],
        people={row["id"]: row for row in named},
        after=found[LINES - 1]["key"] if len(found) > LINES else None,
        before=before,
        sound=sound,
    )


async def _number(request: web.Request, key: str) -> int:
    """Addresses carry a line's random key: its number would tell how much happens in the whole county."""
    try:
        row = await scope(actor_of(request), Audit).get_or_none(key=UUID(hex=key)).values("id")
    except ValueError:
        raise NotFound from None
    if not row:
        raise NotFound
    return int(row["id"])
