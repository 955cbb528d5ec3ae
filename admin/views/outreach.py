"""提醒宣教: the calendar, what is written, approved and sent, and how far it has come."""

from collections.abc import Awaitable, Callable
from typing import Any, Final
from uuid import UUID

from aiohttp import web

from admin.config import CONFIG
from admin.figures import percent_told, told
from admin.forms import asked_id, path_id, text
from admin.language import words_of
from admin.outreach_alarms import outreach_alarms
from admin.pages import actor_of, page
from admin.problems import status_of
from admin.report_charts import coverage_chart
from admin.routing import action
from admin.views.composing import frame, frame_for_residents, moment_in, ways
from models import clock
from models.approving import propose
from models.audience import Audience
from models.campaign import AHEAD, UNDER_WAY, Campaign
from models.errors import Conflict, DomainError, Forbidden, Invalid
from models.festival import unpublished
from models.material import Material
from models.occurrence import Template, coming
from models.policy import Action, may
from models.progress import coverage, progress
from models.quiz import Quiz
from models.reviewed import decide, waiting
from models.submission import sources
from models.terms import CampaignState, Festival, Language, Readers
from models.triage import count_waiting, kept_apart
from models.tryout import code_of
from models.unit import tree

REFRESH_SECONDS: Final = 10
Act = Callable[[Campaign], Awaitable[object]]


@action(Action.LIST_CAMPAIGNS)
async def campaigns_page(request: web.Request) -> web.StreamResponse:
    """What is written, what the calendar brings, and what nears without approval."""
    actor = actor_of(request)
    found, after = await Campaign.listed(actor, before=_id(request.query.get("before", "")))
    return await page(
        request,
        "outreach/list.html",
        items=found,
        after=after,
        calendar=await coming(actor, days=120),
        **await outreach_alarms(actor),
        unpublished=unpublished(clock.today()),
        composes=may(actor, Action.COMPOSE),
        submitted=await count_waiting(actor),
    )


@action(Action.LIST_CAMPAIGNS)
async def campaign(request: web.Request) -> web.StreamResponse:
    """One broadcast."""
    return await _show(request, await _of(request))


@action(Action.COMPOSE)
async def put(request: web.Request) -> web.StreamResponse:
    """提请审批."""
    return await _carry_out(request, lambda one: propose(actor_of(request), one))


@action(Action.APPROVE_CAMPAIGN)
async def approve(request: web.Request) -> web.StreamResponse:
    """同意."""
    asked = await asked_id(request)
    return await _carry_out(request, lambda one: decide(actor_of(request), one, approve=True, asked=asked), own=False)


@action(Action.APPROVE_CAMPAIGN)
async def send_back(request: web.Request) -> web.StreamResponse:
    """退回修改."""
    asked = await asked_id(request)
    return await _carry_out(request, lambda one: decide(actor_of(request), one, approve=False, asked=asked), own=False)


@action(Action.RUN_CAMPAIGN)
async def schedule(request: web.Request) -> web.StreamResponse:
    """定时间."""
    sent, second = await text(request, "send_at"), await text(request, "second_at")

    async def act(one: Campaign) -> None:
        moment = moment_in(sent)
        if moment is None:
            raise Invalid("outreach.time_bad")
        await one.schedule(actor_of(request), moment, moment_in(second))

    return await _carry_out(request, act)


@action(Action.RUN_CAMPAIGN)
async def pause(request: web.Request) -> web.StreamResponse:
    """暂停."""
    return await _carry_out(request, lambda one: one.pause(actor_of(request)))


@action(Action.RUN_CAMPAIGN)
async def resume(request: web.Request) -> web.StreamResponse:
    """继续."""
    return await _carry_out(request, lambda one: one.resume(actor_of(request)))


@action(Action.RUN_CAMPAIGN)
async def stop(request: web.Request) -> web.StreamResponse:
    """停止, for good."""
    return await _carry_out(request, lambda one: one.stop(actor_of(request)))


@action(Action.APPROVE_CAMPAIGN)
async def keep_template(request: web.Request) -> web.StreamResponse:
    """存为模板: next year's draft begins with these words."""

    async def act(one: Campaign) -> None:
        if one.festival is None:
            raise Conflict("outreach.moved_on")
        texts = {language: one.texts.get(language, "") for language in Language}
        await Template.write(actor_of(request), one.festival, texts)

    return await _carry_out(request, act)


async def _of(request: web.Request) -> Campaign:
    return await Campaign.of(actor_of(request), path_id(request, "campaign"))


async def _carry_out(request: web.Request, act: Act, *, own: bool = True) -> web.StreamResponse:
    found = await _of(request)
    if own:
        found.own(actor_of(request))
    try:
        await act(found)
    except (Invalid, Conflict, Forbidden) as problem:
        return await _show(request, await _of(request), problem=problem)
    raise web.HTTPSeeOther(f"/outreach/{found.id.hex}")


async def _show(request: web.Request, found: Campaign, *, problem: DomainError | None = None) -> web.Response:
    actor, units = actor_of(request), await tree()
    own, office = found.unit_id == actor.unit_id, units[found.unit_id].office
    audience = Audience.from_json(found.audience)
    begun, waits = found.round > 0, await waiting(found)
    link = request.app[CONFIG].bot_link
    county = units.county()
    answer = await page(
        request,
        "outreach/show.html",
        status=status_of(problem) if problem else 200,
        one=found,
        own=own,
        office=office,
        unit=units[audience.unit],
        audience=audience,
        material=await Material.get_or_none(id=found.material_id) if found.material_id else None,
        without=[units[one].name for one in audience.without_units if one in units.nodes],
        reach=None if begun else await audience.reach(),
        previews=[
            (language, *frame(language, office, found.festival), found.text_in(language)) for language in Language
        ],
        ways=ways(lesson=bool(found.lesson_id), quiz=bool(found.quiz_id)),
        residents=[
            (language, *frame_for_residents(language, office), found.text_in(language))
            for language in Language
            if Readers.SUBSCRIBERS in audience.readers
        ],
        progress=await progress(found) if begun else None,
        **await _figures(request, found),
        quiz=await Quiz.get_or_none(id=found.quiz_id) if found.quiz_id else None,
        exports=may(actor, Action.EXPORT_REPORT),
        open=found.is_open,
        ahead=found.state in AHEAD,
        stoppable=found.state in AHEAD | UNDER_WAY,
        waits=waits,
        held_up=own and await found.is_held_up(),
        approves=waits and found.can_be_approved_by(actor) and actor.id not in await kept_apart(campaign_id=found.id),
        sources=await sources(campaign_id=found.id) if own else [],
        runs=own and may(actor, Action.RUN_CAMPAIGN),
        keeps=found.festival not in {None, Festival.WEDDINGS_FUNERALS}  # which has three texts, not one
        and county is not None
        and actor.unit_id == county.id
        and may(actor, Action.APPROVE_CAMPAIGN),
        try_out=f"/start t{code_of(found)}",
        try_link=f"{link}?start=t{code_of(found)}" if link else "",
        problem=problem,
    )
    if found.state is CampaignState.SENDING and problem is None:
        answer.headers["Refresh"] = str(REFRESH_SECONDS)
    return answer


async def _figures(request: web.Request, found: Campaign) -> dict[str, Any]:
    """Who said so, by unit, as table and chart; nothing before the first round."""
    if not found.round:
        return {"coverage": None}
    t, covered = words_of(request), await coverage(found)
    return {
        "coverage": covered,
        "chart": coverage_chart(covered, t),
        "told": lambda figure: told(figure, t),
        "percent": lambda share: percent_told(share, t),
    }


def _id(value: str) -> UUID | None:
    try:
        return UUID(hex=value)
    except ValueError:
        return None
