"""联络员交来的: what officers propose, oldest first; read, taken into a draft, returned, merged, or refused."""

from collections.abc import Awaitable, Callable
from uuid import UUID

from aiohttp import web

from admin.forms import path_id, text, words
from admin.pages import actor_of, page
from admin.problems import status_of
from admin.routing import action
from admin.views.files import pictured, played, saved
from models.attachment import Attachment, FileState
from models.campaign import Campaign
from models.errors import Conflict, DomainError, Invalid, NotFound
from models.media import by_name
from models.policy import Action
from models.sealing import Refused
from models.submission import Submission
from models.taking import take, take_as_lesson
from models.terms import ReturnReason, SubmissionState
from models.triage import files_of, goals, history, merge, queue, refuse, send_back
from models.unit import tree

QUEUE = "/outreach/submissions"
Act = Callable[[Submission], Awaitable[str]]


@action(Action.TRIAGE)
async def submissions(request: web.Request) -> web.StreamResponse:
    """What waits, thirty a page."""
    after = request.query.get("after", "")
    try:
        found = await queue(actor_of(request), after=UUID(hex=after) if after else None)
    except ValueError:
        raise NotFound from None
    return await page(
        request, "submissions/list.html", queue=found, units=await tree(), done=request.query.get("done") == "yes"
    )


@action(Action.TRIAGE)
async def submission(request: web.Request) -> web.StreamResponse:
    """One of them, with what was sent along and what happened to it."""
    return await _show(request, await _of(request))


@action(Action.TRIAGE)
async def taking(request: web.Request) -> web.StreamResponse:
    """采用: on to the draft, where it is edited, or into the library."""
    into_library, words_only = await text(request, "as") == "lesson", await text(request, "words_only") == "yes"

    async def act(one: Submission) -> str:
        if into_library:
            return f"/lessons/{(await take_as_lesson(actor_of(request), one, words_only=words_only)).id.hex}"
        return f"/outreach/{(await take(actor_of(request), one, words_only=words_only)).id.hex}/edit"

    return await _carry_out(request, act)


@action(Action.TRIAGE)
async def returning(request: web.Request) -> web.StreamResponse:
    """退回修改."""
    chosen, word = await text(request, "reason"), await text(request, "word")

    async def act(one: Submission) -> str:
        if chosen not in set(ReturnReason):
            raise Invalid("error.choice")
        await send_back(actor_of(request), one, ReturnReason(chosen), word)
        return f"{QUEUE}?done=yes"

    return await _carry_out(request, act)


@action(Action.TRIAGE)
async def refusing(request: web.Request) -> web.StreamResponse:
    """不采用."""
    word = await text(request, "refusal")

    async def act(one: Submission) -> str:
        await refuse(actor_of(request), one, word)
        return f"{QUEUE}?done=yes"

    return await _carry_out(request, act)


@action(Action.TRIAGE)
async def merging(request: web.Request) -> web.StreamResponse:
    """并入 another submission, or a draft."""
    what, _, goal = (await text(request, "into")).partition("-")

    async def act(one: Submission) -> str:
        await merge(actor_of(request), one, await _goal(request, what, goal))
        return f"{QUEUE}?done=yes"

    return await _carry_out(request, act)


@action(Action.TRIAGE)
async def file(request: web.Request) -> web.StreamResponse:
    """The original, to be saved."""
    return await saved(request, await _of(request))


@action(Action.TRIAGE)
async def file_play(request: web.Request) -> web.StreamResponse:
    """Film for the player on the page."""
    return await played(request, await _of(request))


@action(Action.TRIAGE)
async def file_preview(request: web.Request) -> web.StreamResponse:
    """A fresh picture of the picture."""
    return await pictured(request, await _of(request))


async def _of(request: web.Request) -> Submission:
    return await Submission.of(actor_of(request), path_id(request, "submission"))


async def _goal(request: web.Request, what: str, goal: str) -> Submission | Campaign:
    try:
        goal_id = UUID(hex=goal)
    except ValueError:
        raise Invalid("error.choice") from None
    holder = Campaign if what == "campaign" else Submission
    return await holder.of(actor_of(request), goal_id)


async def _carry_out(request: web.Request, act: Act) -> web.StreamResponse:
    try:
        way = await act(await _of(request))
    except (Invalid, Conflict) as problem:
        return await _show(request, await _of(request), problem=problem)
    raise web.HTTPSeeOther(way)


async def _show(request: web.Request, one: Submission, *, problem: DomainError | None = None) -> web.Response:
    units = await tree()
    waits = one.state is SubmissionState.WAITING
    others, drafts = await goals(actor_of(request), one) if waits else ([], [])
    village = units.village_of(one.officer.station_id)
    return await page(
        request,
        "submissions/show.html",
        status=status_of(problem) if problem else 200,
        one=one,
        village=village.name if village else units[one.officer.station_id].name,
        waits=waits,
        files=[_told(row) for row in await files_of(one)],
        merged=await Submission.filter(into_id=one.id).select_related("officer"),
        history=await history(one),
        others=others,
        drafts=drafts,
        reasons=list(ReturnReason),
        typed=await words(request) if problem else {},
        problem=problem,
    )


def _told(row: Attachment) -> dict[str, object]:
    """What the page says of one file; `shown` is empty while it is on its way, or cannot be opened any more."""
    if row.state is not FileState.FETCHED or row.submission_id is None:
        return {"shown": "", "coming": row.state is FileState.WANTED}
    try:
        meta = row.draft_meta()
    except Refused:
        return {"shown": "", "coming": False}
    kind = by_name(meta.get("type", ""))
    shown = "picture" if kind and kind.preview else kind.group.value if kind else "document"
    return {"shown": shown, "path": f"{QUEUE}/{row.submission_id.hex}/files/{row.id.hex}", "size": meta["size"]}
