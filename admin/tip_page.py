"""The page of one matter, shown after a look and after every act that could not be done."""

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from aiohttp import web

from admin.forms import SENTENCES
from admin.language import words_of
from admin.limits import days_left
from admin.numbers import line_number
from admin.pages import page
from admin.problems import status_of
from admin.tip_sides import sides
from models import clock, desk
from models.errors import Conflict, DomainError
from models.house import house
from models.matter import ON_THE_PLATFORM, Line, Matter
from models.media import by_name
from models.policy import Action, may
from models.staff import Staff
from models.terms import Mode, Side, TipStatus
from models.unit import tree

QUESTIONS: Final = ("when", "amount", "who", "papers", "others")
"""Ask-the-reporter templates: `panel.ask.<name>` and `panel.ask.<name>_label`."""
GUIDANCE: Final = ("general", "court", "police", "petition", "labour", "hotline")
"""Where a matter belongs that is not ours: `panel.guidance.<name>` and `…_label`."""
DONE: Final = (
    "registered",
    "registered_there",
    "followed",
    "accepted",
    "out_of_scope",
    "concluded",
    "claimed",
    "summarised",
    "noted",
    "replied",
    "objection_answered",
    "taken_up_again",
    "reveal_asked",
    "move_asked",
    "hand_over_asked",
    "withdrawn",
)
FINISHING: Final = frozenset({"accepted", "out_of_scope", "concluded"})


async def tip_page(
    request: web.Request,
    matter: Matter,
    *,
    typed: Mapping[str, str] | None = None,
    problem: DomainError | None = None,
    done: str = "",
) -> web.Response:
    """Everything the desk may know of the matter, with what was typed still in its place."""
    t, units = words_of(request), await tree()
    opened = await matter.thread(before=line_before(request))
    lines = [shown_line(line) for line in opened]
    done = done or _done(request, lines)
    return await page(
        request,
        "tips/show.html",
        status=status_of(problem) if problem else 200,
        matter=matter,
        access=matter.access,
        tip=matter.tip,
        units=units,
        left=days_left(t, matter.access.due_on, matter.access.arrived_on),
        told=matter.narrative(),
        summary=matter.summary(),
        files=shown_files(await matter.files()),
        lines=lines,
        earlier=opened[0].message.order if await matter.has_earlier(opened) else None,
        looks_back=line_before(request) is not None,
        told_before=await matter.told_before(),
        limits=await matter.deadlines(),
        timeline=await matter.timeline(),
        readers=await matter.readers(),
        colleagues=await matter.colleagues(),
        names=await _names(matter),
        may={act.value for act in Action if may(matter.actor, act, matter.access, mode=house().mode)},
        **await sides(matter, t),
        typed=typed or {},
        problem=problem,
        moved_on=isinstance(problem, Conflict),
        sentences={name: value for name, value in (typed or {}).items() if name in SENTENCES and value.strip()},
        done=done,
        next_id=await desk.next_new(matter.actor, besides=matter.tip.id) if done in FINISHING else None,
        question=_known(request, "ask", QUESTIONS),
        guidance=_known(request, "guidance", GUIDANCE),
        questions=QUESTIONS,
        guidances=GUIDANCE,
        front_door=house().mode is Mode.FRONT_DOOR,
        platform=[status for status in ON_THE_PLATFORM if status is not matter.tip.status],
        today=clock.today(),
        tab="note" if (typed or {}).get("tab") == "note" else "reply",
        is_open=matter.access.status in {TipStatus.RECEIVED, TipStatus.SCREENING, TipStatus.ACCEPTED},
    )


def _done(request: web.Request, lines: list[dict[str, Any]]) -> str:
    """What was just done, if that is still news: nobody is told he can recall what has gone out."""
    done = _known(request, "done", DONE)
    return "" if done == "replied" and not any(line["seconds"] for line in lines) else done


def shown_line(line: Line) -> dict[str, Any]:
    """One line of the thread, as templates show it."""
    message = line.message
    seconds = 0
    if line.recallable and message.released_at:
        seconds = max(1, round((message.released_at - clock.now()).total_seconds()))
    return {
        "id": message.id,
        "side": message.side,
        "parts": line.parts,
        "verdict": line.verdict,
        "author_id": message.author_id,
        "at": message.at if message.side is not Side.REPORTER else None,
        "on": message.on,
        "asks": message.asks,
        "seconds": seconds,
    }


def shown_files(files: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """How each can be shown: a picture, a player, or for download only."""
    for told in files.values():
        kind = by_name(told.get("type", ""))
        told["shown"] = "picture" if kind and kind.preview else kind.group.value if kind else "document"
    return files


async def _names(matter: Matter) -> dict[UUID, str]:
    rows = await Staff.filter(unit_id=matter.actor.unit_id).values("id", "name")
    return {row["id"]: row["name"] for row in rows}


def line_before(request: web.Request) -> int | None:
    """Before which line of the thread one looks back; anything odd means the newest."""
    return line_number(request.query.get("before", ""))


def _known(request: web.Request, name: str, known: tuple[str, ...]) -> str:
    chosen = request.query.get(name, "")
    return chosen if chosen in known else ""
