"""以考促学: quizzes, written, approved, open and closed, and their totals."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

from aiohttp import web

from admin.figures import percent_told, told
from admin.forms import asked_id, path_id, stamp, words
from admin.language import language_of, words_of
from admin.pages import actor_of, page
from admin.problems import status_of
from admin.quiz_form import blocks_for, fields_of, quiz_in
from admin.report_charts import spread_chart, taken_chart
from admin.routing import action
from models.errors import Conflict, DomainError, Forbidden, Invalid
from models.policy import Action, may
from models.question import LONGEST_OPTION, LONGEST_TEXT, MOST_OPTIONS, spoken
from models.quiz import LONGEST_TITLE, Quiz, lessons_for, propose
from models.quiz_totals import totals
from models.reviewed import decide, waiting
from models.terms import Language, QuizState
from models.unit import tree

Act = Callable[[Quiz], Awaitable[object]]


@action(Action.LIST_CAMPAIGNS)
async def quizzes_page(request: web.Request) -> web.StreamResponse:
    """Newest first."""
    actor = actor_of(request)
    found, after = await Quiz.listed(actor, before=_id(request.query.get("before", "")))
    return await page(request, "quizzes/list.html", items=found, after=after, writes=may(actor, Action.COMPOSE))


@action(Action.LIST_CAMPAIGNS)
async def quiz(request: web.Request) -> web.StreamResponse:
    """One quiz: its questions as readers see them, and what came of them."""
    return await _show(request, await _of(request))


@action(Action.COMPOSE)
async def new(request: web.Request) -> web.StreamResponse:
    """Empty blocks."""
    return await _form(request, {})


@action(Action.COMPOSE)
async def edit(request: web.Request) -> web.StreamResponse:
    """A draft once more."""
    found = await _own(request)
    return await _form(request, fields_of(found), one=found)


@action(Action.COMPOSE)
async def create(request: web.Request) -> web.StreamResponse:
    """A draft."""
    try:
        made = await Quiz.write(actor_of(request), **quiz_in(await request.post()))
    except Invalid as problem:
        return await _form(request, await words(request), problem=problem)
    raise web.HTTPSeeOther(f"/quizzes/{made.id.hex}")


@action(Action.COMPOSE)
async def revise(request: web.Request) -> web.StreamResponse:
    """A draft, changed."""
    found = await _own(request)
    try:
        await found.revise(actor_of(request), read=await stamp(request), **quiz_in(await request.post()))
    except Invalid as problem:
        return await _form(request, await words(request), one=found, problem=problem)
    except Conflict as problem:
        present = (await _own(request)).stamp()  # saved once more, it is meant
        return await _form(request, await words(request) | {"read": present}, one=found, problem=problem)
    raise web.HTTPSeeOther(f"/quizzes/{found.id.hex}")


@action(Action.COMPOSE)
async def put(request: web.Request) -> web.StreamResponse:
    """提请审批."""
    return await _carry_out(request, lambda one: propose(actor_of(request), one))


@action(Action.APPROVE_CAMPAIGN)
async def approve(request: web.Request) -> web.StreamResponse:
    """同意发布."""
    asked = await asked_id(request)
    return await _carry_out(request, lambda one: decide(actor_of(request), one, approve=True, asked=asked))


@action(Action.APPROVE_CAMPAIGN)
async def send_back(request: web.Request) -> web.StreamResponse:
    """退回修改."""
    asked = await asked_id(request)
    return await _carry_out(request, lambda one: decide(actor_of(request), one, approve=False, asked=asked))


@action(Action.RUN_CAMPAIGN)
async def close(request: web.Request) -> web.StreamResponse:
    """结束."""

    async def act(one: Quiz) -> None:
        one.own(actor_of(request))
        await one.close(actor_of(request))

    return await _carry_out(request, act)


async def _of(request: web.Request) -> Quiz:
    return await Quiz.of(actor_of(request), path_id(request, "quiz"))


async def _own(request: web.Request) -> Quiz:
    found = await _of(request)
    found.own(actor_of(request))
    return found


async def _carry_out(request: web.Request, act: Act) -> web.StreamResponse:
    found = await _of(request)
    try:
        await act(found)
    except (Invalid, Conflict, Forbidden) as problem:
        return await _show(request, await _of(request), problem=problem)
    raise web.HTTPSeeOther(f"/quizzes/{found.id.hex}")


async def _form(
    request: web.Request, fields: dict[str, str], *, one: Quiz | None = None, problem: DomainError | None = None
) -> web.Response:
    return await page(
        request,
        "quizzes/form.html",
        status=status_of(problem) if problem else 200,
        fields=fields,
        blocks=blocks_for(fields),
        options=MOST_OPTIONS,
        lengths={"title": LONGEST_TITLE, "text": LONGEST_TEXT, "option": LONGEST_OPTION},
        others=[language for language in Language if language is not Language.ZH_CN],
        lessons=await lessons_for(actor_of(request)),
        one=one,
        problem=problem,
    )


async def _show(request: web.Request, one: Quiz, *, problem: DomainError | None = None) -> web.Response:
    actor, own = actor_of(request), one.unit_id == actor_of(request).unit_id
    waits = await waiting(one)
    figures = await _figures(request, one) if not one.is_open else {"found": None}
    return await page(
        request,
        "quizzes/show.html",
        status=status_of(problem) if problem else 200,
        one=one,
        own=own,
        office=(await tree())[one.unit_id].office,
        spoken=spoken,
        letters="ABCD",
        open=one.is_open,
        waits=waits,
        approves=waits and one.can_be_approved_by(actor),
        closes=own and one.state is QuizState.PUBLISHED and may(actor, Action.RUN_CAMPAIGN),
        exports=may(actor, Action.EXPORT_REPORT),
        problem=problem,
        **figures,
    )


async def _figures(request: web.Request, one: Quiz) -> dict[str, Any]:
    found, t, language = await totals(one), words_of(request), language_of(request)
    drawn = [spread_chart(no, spread, found.people.n, language, t) for no, spread in enumerate(found.spreads, start=1)]
    return {
        "found": found,
        "spreads": list(zip(found.spreads, drawn, strict=True)),
        "by_unit": taken_chart(found, t),
        "told": lambda figure: told(figure, t),
        "percent": lambda share: percent_told(share, t),
    }


def _id(value: str) -> UUID | None:
    try:
        return UUID(hex=value)
    except ValueError:
        return None
