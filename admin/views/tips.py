"""收件: the list and one matter."""

from aiohttp import web

from admin.forms import path_id
from admin.language import words_of
from admin.limits import days_left
from admin.pages import actor_of, page
from admin.routing import action
from admin.tip_page import tip_page
from models import desk
from models.errors import NotFound
from models.matter import Matter
from models.policy import Action
from models.terms import TipStatus
from models.unit import tree


@action(Action.LIST_TIPS)
async def tips(request: web.Request) -> web.StreamResponse:
    """One keyset page, newest first."""
    before, status, pick = _filters(request)
    found = await desk.inbox(actor_of(request), before=before, status=status, pick=pick)
    t = words_of(request)
    return await page(
        request,
        "tips/list.html",
        items=[(item, days_left(t, item.due_on, item.arrived_on)) for item in found.items],
        after=found.after,
        before=before,
        chosen=status,
        pick=pick,
        statuses=list(TipStatus),
        picks=list(desk.Pick),
        units=await tree(),
        done=request.query.get("done") == "sealed_upward",
    )


@action(Action.READ_TIP)
async def tip(request: web.Request) -> web.StreamResponse:
    """One matter; looking at it is an entry in the audit trail."""
    matter = await Matter.open(actor_of(request), path_id(request, "tip"))
    await matter.read()
    return await tip_page(request, matter)


def _filters(request: web.Request) -> tuple[int | None, TipStatus | None, desk.Pick | None]:
    query = request.query
    try:
        before = int(query["before"]) if query.get("before") else None
        status = TipStatus(query["status"]) if query.get("status") else None
        pick = desk.Pick(query["pick"]) if query.get("pick") else None
    except ValueError:
        raise NotFound from None
    if before is not None and not 0 <= before < 2**31:  # no number of arrival; the database would refuse it
        raise NotFound
    return before, status, pick
