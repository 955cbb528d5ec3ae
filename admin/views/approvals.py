"""待我批: what waits for this member, and what he proposed himself. Each is decided on a page of its own."""

from typing import Any

from aiohttp import web

from admin.forms import path_id, text
from admin.language import words_of
from admin.pages import actor_of, page
from admin.problems import status_of
from admin.proposal_cards import card, line
from admin.routing import member
from models import pending
from models.errors import Conflict, DomainError, Forbidden, Invalid, Throttled
from models.proposal import Proposal, approve, decline, take_back
from models.stepup import step_up
from models.terms import ProposalKind

MENDABLE = (Invalid, Conflict, Forbidden, Throttled)


@member
async def approvals(request: web.Request) -> web.StreamResponse:
    """Both lists. Nothing is opened for them."""
    actor, t, done = actor_of(request), words_of(request), request.query.get("done", "")
    return await page(
        request,
        "approvals/list.html",
        waiting=[await line(actor, one, t) for one in await pending.waiting_for(actor)],
        mine=[await line(actor, one, t) for one in await pending.proposed_by(actor)],
        decides=pending.decides(actor),
        done=done if done in {"approved", "declined", "taken_back"} else "",
    )


@member
async def approval_card(request: web.Request) -> web.StreamResponse:
    """One proposal, for those who decide it and for its author. The domain says who they are."""
    return await _show(request, await _proposal(request))


@member
async def approval(request: web.Request) -> web.StreamResponse:
    """同意: the effect runs in this request, with this member's keys."""
    proposal, actor = await _proposal(request), actor_of(request)
    try:
        proof = None
        if pending.asks_for_proof(proposal) and pending.is_for(actor, proposal):
            proof = await step_up(actor, password=await text(request, "password"), code=await text(request, "code"))
        answer = await approve(actor, proposal.id, proof=proof)
    except MENDABLE as problem:
        return await _show(request, await _proposal(request), problem=problem)
    if proposal.kind is ProposalKind.RESET:  # a code for one use, to be seen once
        return await _show(request, await _proposal(request), code=str(answer))
    raise _back(request, "approved")


@member
async def refusal(request: web.Request) -> web.StreamResponse:
    """不同意."""
    proposal = await _proposal(request)
    try:
        await decline(actor_of(request), proposal.id)
    except MENDABLE as problem:
        return await _show(request, await _proposal(request), problem=problem)
    raise _back(request, "declined")


@member
async def retraction(request: web.Request) -> web.StreamResponse:
    """撤回, by who proposed it."""
    proposal = await _proposal(request)
    try:
        await take_back(actor_of(request), proposal.id)
    except MENDABLE as problem:
        return await _show(request, await _proposal(request), problem=problem)
    raise _back(request, "taken_back")


async def _proposal(request: web.Request) -> Proposal:
    return await pending.shown_to(actor_of(request), path_id(request, "proposal"))


async def _show(
    request: web.Request, proposal: Proposal, *, problem: DomainError | None = None, code: str = ""
) -> web.Response:
    told: dict[str, Any] = {"problem": problem, "code": code}
    status = status_of(problem) if problem else 200
    found = await card(actor_of(request), proposal, words_of(request))
    return await page(request, "approvals/card.html", status=status, card=found, **told)


def _back(request: web.Request, done: str) -> web.HTTPSeeOther:
    return web.HTTPSeeOther(request.app.router["approvals"].url_for().with_query(done=done))
