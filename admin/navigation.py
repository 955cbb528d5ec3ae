"""The main menu: what this member may do, and how much of it waits for him."""

from collections.abc import Awaitable, Callable
from typing import Final, NamedTuple

from aiohttp import web

from models import oversight, pending, triage
from models.actor import Actor
from models.house import house
from models.policy import Action, may
from models.terms import RingPurpose

NAVIGATION: Final[tuple[tuple[str, tuple[Action, ...]], ...]] = (
    ("today", ()),
    ("approvals", (Action.PROPOSE_HAND_OVER, Action.APPROVE_REVEAL, Action.APPROVE_RESET)),
    ("oversight", (Action.OVERSEE,)),
    ("intake", (Action.TAKE_IN,)),
    ("tips", (Action.LIST_TIPS,)),
    ("search", (Action.SEARCH,)),
    ("protections", (Action.SEE_PROTECTION,)),
    ("outreach", (Action.LIST_CAMPAIGNS,)),
    ("staff", (Action.LIST_STAFF,)),
    ("officers", (Action.LIST_OFFICERS,)),
    ("units", (Action.FOUND_UNIT,)),
    ("audit", (Action.READ_AUDIT,)),
    ("account", ()),
)
"""Route name, which is also the word `panel.nav.<name>`, and what one must be allowed to do to see it (any of it)."""


_PARTS: Final = {"outreach": ("/lessons", "/courses", "/quizzes", "/calendar", "/officials")}
"""Pages with an address of their own that stand under a word of the menu."""


class Entry(NamedTuple):
    """One word of the menu. `waits` is 0 where nothing does."""

    name: str
    path: str
    current: bool
    waits: int


async def navigation(request: web.Request, actor: Actor, *, counted: bool) -> list[Entry]:
    """What he may see. A superior's page stands only with those who hold the superior's ring."""
    found = []
    for name, needed in NAVIGATION:
        if needed and not any(may(actor, action, mode=house().mode) for action in needed):
            continue
        if name == "oversight" and not (counted and await actor.held(RingPurpose.OVERSIGHT)):
            continue
        path = str(request.app.router[name].url_for())
        current = any(_is_at(request.path, one) for one in (path, *_PARTS.get(name, ())))
        count = _COUNTS.get(name)
        found.append(Entry(name, path, current, await count(actor) if counted and count else 0))
    return found


def _is_at(here: str, path: str) -> bool:
    return here == path or (path != "/" and here.startswith(path + "/"))


async def _overdue(actor: Actor) -> int:
    return (await oversight.counts(actor))[oversight.Below.OVERDUE]


_COUNTS: Final[dict[str, Callable[[Actor], Awaitable[int]]]] = {
    "approvals": pending.count_waiting,
    "oversight": _overdue,
    "outreach": triage.count_waiting,
}
