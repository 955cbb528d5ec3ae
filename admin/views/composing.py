"""拟稿: words in three languages beside a phone that shows them, whom they go to with a live count, and when."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from aiohttp import web
from multidict import MultiDict

from admin.audience_form import audience_in, fields_of
from admin.forms import chosen_id, form_of, path_id, stamp, text
from admin.language import words_of
from admin.material_form import held_by, material_in, material_of
from admin.pages import actor_of, page
from admin.problems import status_of
from admin.routing import action
from locales import LANGUAGES, t
from models.audience import Audience, Reach
from models.campaign import MAX_TEXT, Campaign
from models.clock import SHANGHAI
from models.errors import Conflict, DomainError, Invalid
from models.material import LARGEST_MB, MOST_CAPTION
from models.policy import Action
from models.quiz import offered
from models.terms import CampaignKind, Category, Festival, Language, Readers
from models.unit import Node, Tree, tree

_HOLE: Final = "\0"
SEVERAL: Final = {"readers": "reader", "categories": "category", "without_units": "without_unit"}
"""What is chosen, and the boxes in which it is ticked."""


@action(Action.COMPOSE)
async def new(request: web.Request) -> web.StreamResponse:
    """An empty sheet, to everybody under one's own unit."""
    return await _show(request, _fields_of(None, Audience(actor_of(request).unit_id)))


@action(Action.COMPOSE)
async def edit(request: web.Request) -> web.StreamResponse:
    """A draft once more."""
    campaign = await _own(request)
    return await _show(request, _fields_of(campaign, Audience.from_json(campaign.audience)), campaign=campaign)


@action(Action.COMPOSE, material=True)
async def create(request: web.Request) -> web.StreamResponse:
    """A draft."""
    if await text(request, "act") == "count":
        return await _show(request, await _typed(request))
    try:
        made = await Campaign.compose(actor_of(request), **await _told(request))
    except Invalid as problem:
        return await _show(request, await _typed(request), problem=problem)
    raise web.HTTPSeeOther(f"/outreach/{made.id.hex}")


@action(Action.COMPOSE, material=True)
async def revise(request: web.Request) -> web.StreamResponse:
    """A draft, changed."""
    campaign = await _own(request)
    if await text(request, "act") == "count":
        return await _show(request, await _typed(request), campaign=campaign)
    try:
        await campaign.revise(actor_of(request), read=await stamp(request), **await _told(request))
    except Invalid as problem:
        return await _show(request, await _typed(request), campaign=campaign, problem=problem)
    except Conflict as problem:
        present = (await _own(request)).stamp()  # saved once more, it is meant
        return await _show(request, await _typed(request) | {"read": present}, campaign=campaign, problem=problem)
    raise web.HTTPSeeOther(f"/outreach/{campaign.id.hex}")


@action(Action.COMPOSE)
async def reach(request: web.Request) -> web.StreamResponse:
    """The live count as one sentence."""
    audience = audience_in(request.query)
    await audience.require(actor_of(request))
    return web.Response(text=_counted(request, await audience.reach()))


async def _own(request: web.Request) -> Campaign:
    campaign = await Campaign.of(actor_of(request), path_id(request, "campaign"))
    campaign.own(actor_of(request))
    return campaign


async def _told(request: web.Request) -> dict[str, Any]:
    try:
        kind = CampaignKind(await text(request, "kind"))
    except ValueError:
        raise Invalid("error.choice") from None
    return {
        "kind": kind,
        "texts": {language: await text(request, f"text_{language}") for language in Language},
        "audience": audience_in(await form_of(request)),
        "material": await material_in(request),
        "quiz_id": await chosen_id(request, "quiz") if await text(request, "quiz") else None,
        "send_at": moment_in(await text(request, "send_at")),
        "second_at": moment_in(await text(request, "second_at")),
    }


def moment_in(typed: str) -> datetime | None:
    """A day and an hour in Shanghai; None for an empty field. Invalid for anything else."""
    if not typed.strip():
        return None
    try:
        return datetime.fromisoformat(typed.strip()).replace(tzinfo=SHANGHAI)
    except ValueError:
        raise Invalid("outreach.time_bad") from None


def _fields_of(campaign: Campaign | None, audience: Audience) -> dict[str, Any]:
    texts = {f"text_{language}": campaign.texts.get(language, "") if campaign else "" for language in Language}
    times = {name: _local(getattr(campaign, name)) if campaign else "" for name in ("send_at", "second_at")}
    kind = campaign.kind.value if campaign else CampaignKind.REMINDER.value
    quiz = campaign.quiz_id.hex if campaign and campaign.quiz_id else ""
    material = campaign.material_id.hex if campaign and campaign.material_id else ""
    read = campaign.stamp() if campaign else ""
    told = {"kind": kind, "quiz": quiz, "material": material, "read": read}
    return {**told, **texts, **times, **fields_of(audience)}


def _local(moment: datetime | None) -> str:
    return moment.astimezone(SHANGHAI).strftime("%Y-%m-%dT%H:%M") if moment else ""


async def _typed(request: web.Request) -> dict[str, Any]:
    form = await form_of(request)
    plain = {**{name: str(value) for name, value in form.items()}, "material": await held_by(request)}
    empty = _fields_of(None, Audience(actor_of(request).unit_id))
    chosen = {name: form.getall(field, []) for name, field in SEVERAL.items()}
    return {**empty, **{name: plain[name] for name in empty if name in plain}, **chosen}


async def _show(
    request: web.Request,
    fields: dict[str, Any],
    *,
    campaign: Campaign | None = None,
    problem: DomainError | None = None,
) -> web.Response:
    units, own = await tree(), actor_of(request).unit_id
    return await page(
        request,
        "outreach/compose.html",
        status=status_of(problem) if problem else 200,
        fields=fields,
        campaign=campaign,
        units=list(downward(units, own)),
        children=units.children(own),
        kinds=list(CampaignKind),
        quizzes=await offered(actor_of(request)),
        categories=list(Category),
        readers=list(Readers),
        material=await material_of(request, fields["material"]),
        file_most=LARGEST_MB,
        caption_most=MOST_CAPTION,
        frames=[
            (language, *frame(language, units[own].office, campaign.festival if campaign else None))
            for language in LANGUAGES
        ],
        ways=ways(lesson=bool(campaign and campaign.lesson_id), quiz=bool(fields["quiz"])),
        reach=await _first_count(request, fields),
        most=MAX_TEXT,
        problem=problem,
    )


async def _first_count(request: web.Request, fields: dict[str, Any]) -> str:
    told: MultiDict[Any] = MultiDict({name: value for name, value in fields.items() if name not in SEVERAL})
    for name, field in SEVERAL.items():
        told.extend([(field, one) for one in fields[name]])
    told["readers"] = "asked"
    try:
        audience = audience_in(told)
        await audience.require(actor_of(request))
        return _counted(request, await audience.reach())
    except Invalid:
        return ""


def _counted(request: web.Request, found: Reach) -> str:
    return words_of(request)("panel.outreach.reach", people=found.people, waiting=found.waiting)


def frame(language: str, office: str, festival: Festival | None = None) -> tuple[str, str, str]:
    """What stands before and after the words on the reader's phone, and on the button."""
    key = "outreach.declared" if festival is Festival.WEDDINGS_FUNERALS else "outreach.first"
    return *_around(language, key, office), t(language, "outreach.know")


@dataclass(frozen=True, slots=True)
class Way:
    """A button above the last one: to the whole of a lesson, or to the quiz that is chosen."""

    words: str
    shown: bool
    by_quiz: bool = False


def ways(*, lesson: bool, quiz: bool) -> dict[str, tuple[Way, ...]]:
    """Those of a broadcast, in every language."""
    return {
        language: (Way(t(language, "lesson.whole"), lesson), Way(t(language, "quiz.some"), quiz, by_quiz=True))
        for language in LANGUAGES
    }


def frame_for_residents(language: str, office: str) -> tuple[str, str, str]:
    """The same on the phone of a resident who subscribed: his button is the way out."""
    return *_around(language, "outreach.public", office), t(language, "subscription.end")


def _around(language: str, key: str, office: str) -> tuple[str, str]:
    before, _, after = t(language, key, office=office, text=_HOLE).partition(_HOLE)
    return before.strip(), after.strip()


def downward(units: Tree, unit_id: UUID, depth: int = 0) -> list[tuple[int, Node]]:
    """A unit and what lies below it, each with its depth."""
    below = [one for child in units.children(unit_id) for one in downward(units, child.id, depth + 1)]
    return [(depth, units[unit_id]), *below]
