"""今日: what waits for this member."""

from typing import Final

from aiohttp import web

from admin.outreach_alarms import outreach_alarms
from admin.pages import actor_of, page
from admin.routing import member
from models import desk
from models.actor import Actor
from models.appointing import openings, waiting
from models.duties import Duty, duties
from models.house import house
from models.policy import Action, may
from models.recusal import tied
from models.reveal import revealed_to
from models.ring import purposes_for
from models.terms import RingPurpose
from models.unit import tree

PATHS: Final = {
    Duty.UNOPENED: "/units",
    Duty.HEADLESS: "/units",
    Duty.DECISIONS: "/approvals",
    Duty.LINES: "/audit",
    Duty.REFUSED: "/audit",
}
"""Where an administrator looks after it; everything else is among the people."""


TILES: Final = {"outreach": ("submission.queue", "/outreach/submissions")}
"""Where the word of the menu does not say what waits: a better one, and the page on which it does."""


@member
async def today(request: web.Request) -> web.StreamResponse:
    """Counts he may know, newcomers he can help, and whether he himself still waits for keys."""
    actor = actor_of(request)
    keyless = await _waits_for_keys(actor)
    lists = may(actor, Action.LIST_TIPS, mode=house().mode)
    return await page(
        request,
        "today.html",
        counts=await desk.counts(actor) if lists else {},
        waiting=await waiting(actor),
        openings=await openings(actor),
        duties=await duties(actor),
        reveals=await revealed_to(actor),
        tied=await tied(actor) if lists else [],
        **await outreach_alarms(actor),
        units=await tree(),
        paths=PATHS,
        tiles=TILES,
        keyless=keyless,
        # It costs milliseconds on purpose, so that nobody grinds a look-alike: only for who needs it.
        fingerprint=actor.staff.fingerprint() if keyless else "",
        unit=(await tree())[actor.unit_id],
    )


async def _waits_for_keys(actor: Actor) -> bool:
    kind = (await tree())[actor.unit_id].kind
    due = purposes_for(actor.role, kind) - {RingPurpose.OVERSIGHT}
    return any([not await actor.held(purpose) for purpose in due])
