"""A proposal as its card shows it: one small teller for each kind, and what all cards have in common."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Final

from admin.language import Words
from admin.pages import moment
from models import pending
from models.actor import Actor
from models.audience import Audience
from models.campaign import Campaign
from models.errors import Forbidden, NotFound
from models.lesson import Lesson, LessonVersion
from models.material import Material
from models.proposal import Proposal
from models.quiz import Quiz
from models.staff import Staff
from models.subject import Subject, subject_of
from models.terms import Language, ProposalKind
from models.unit import Tree, tree

Facts = list[tuple[str, str]]
"""(key of the label, what stands beside it)."""


@dataclass(slots=True)
class Card:
    """Everything the page needs; the words of the reason only where this reader can open them."""

    proposal: Proposal
    by: str
    office: str
    about: str = ""  # in lists: the first words of what is written for everybody
    facts: Facts = field(default_factory=list)
    reason: str = field(default="", repr=False)
    decided_by: str = ""
    subject: Subject | None = None
    campaign: Campaign | None = None
    lesson: Lesson | None = None
    quiz: Quiz | None = None
    is_mine: bool = False
    can_decide: bool = False
    can_take_back: bool = False
    asks_for_proof: bool = False


Teller = Callable[[Actor, Card, Tree, Words], Awaitable[Facts]]


async def line(actor: Actor, proposal: Proposal, t: Words) -> Card:
    """The short form, for lists: nothing is opened."""
    units = await tree()
    office = units[proposal.from_unit_id].office if proposal.from_unit_id in units.nodes else t("panel.audit.system")
    open_now, mine = pending.is_open(proposal), proposal.by_id == actor.id
    card = Card(proposal, await _name(proposal, t), office, await _about(actor, proposal), is_mine=mine)
    card.can_decide = open_now and pending.is_for(actor, proposal)
    card.can_take_back = open_now and mine
    return card


async def card(actor: Actor, proposal: Proposal, t: Words) -> Card:
    """The whole card."""
    found = await line(actor, proposal, t)
    found.facts = await _TELLERS[proposal.kind](actor, found, await tree(), t)
    found.reason = await pending.reason_of(actor, proposal)
    found.asks_for_proof = pending.asks_for_proof(proposal)
    if proposal.decided_by_id:
        decided = await Staff.get_or_none(id=proposal.decided_by_id)
        found.decided_by = decided.name if decided else ""
    return found


async def _name(proposal: Proposal, t: Words) -> str:
    by = await Staff.get_or_none(id=proposal.by_id)
    return f"{by.name} · {t('term.Role.' + by.role.value)}" if by else t("panel.audit.system")


async def _about(actor: Actor, proposal: Proposal) -> str:
    """Two broadcasts of one author are told apart in a list. Empty for what is not written for everybody."""
    try:
        match proposal.kind:
            case ProposalKind.BROADCAST:
                return (await Campaign.of(actor, proposal.object_id)).text_in(Language.ZH_CN)
            case ProposalKind.QUIZ:
                return (await Quiz.of(actor, proposal.object_id)).title_in(Language.ZH_CN)
            case ProposalKind.LESSON if version := await LessonVersion.get_or_none(id=proposal.object_id):
                return (await Lesson.of(actor, version.lesson_id)).title
    except (Forbidden, NotFound):
        pass
    return ""


async def _reveal(_actor: Actor, _card: Card, _units: Tree, _t: Words) -> Facts:
    """The custodian reads no tips: who asks and why is all there is to weigh."""
    return []


async def _move(_actor: Actor, card: Card, units: Tree, _t: Words) -> Facts:
    return [("approvals.to", units[card.proposal.param("to")].office)]


async def _hand_over(actor: Actor, card: Card, units: Tree, t: Words) -> Facts:
    told = card.proposal
    facts = [
        ("approvals.from", units[told.param("from")].office),
        ("approvals.to", units[told.param("to")].office),
        ("approvals.keep", t("approvals.keep_yes" if told.params["keep"] else "approvals.keep_no")),
    ]
    card.subject = found = await subject_of(actor, told)
    if found is None:
        return facts
    place = units[found.place_id].name if found.place_id in units.nodes else ""
    about = [place, t("term.Topic." + found.topic.value), found.official_no]
    return [*facts, ("approvals.matter", " · ".join(one for one in about if one))]


async def _member(_actor: Actor, card: Card, units: Tree, t: Words) -> Facts:
    member = await Staff.get(id=card.proposal.object_id)
    name = f"{member.name} · {t('term.Role.' + member.role.value)}"
    return [("approvals.member", name), ("panel.account.unit", units[member.unit_id].office)]


async def _change_role(actor: Actor, card: Card, units: Tree, t: Words) -> Facts:
    role = t("term.Role." + card.proposal.params["role"])
    return [*await _member(actor, card, units, t), ("approvals.new_role", role)]


async def _broadcast(actor: Actor, card: Card, units: Tree, t: Words) -> Facts:
    """What goes out, to how many, and when. Who looks back at one that others decide by now sees nothing of it."""
    try:
        card.campaign = told = await Campaign.of(actor, card.proposal.object_id)
    except (Forbidden, NotFound):
        return []
    name = f"term.Festival.{told.festival.value}" if told.festival else f"term.CampaignKind.{told.kind.value}"
    audience = Audience.from_json(told.audience)
    reach = await audience.reach()
    material = await Material.get_or_none(id=told.material_id) if told.material_id else None
    quiz = await Quiz.get_or_none(id=told.quiz_id) if told.quiz_id else None
    times = [("panel.outreach.first_on", told.send_at), ("panel.outreach.second_on", told.second_at)]
    return [
        ("approvals.broadcast", t(name)),
        ("panel.outreach.words", told.text_in(Language.ZH_CN)),
        *([("panel.material.title", material.name)] if material else []),
        *([("panel.quiz.carried_is", quiz.title_in(Language.ZH_CN))] if quiz else []),
        ("panel.outreach.audience", units[audience.unit].name),
        ("panel.outreach.readers", t("list.separator").join(t(f"term.Readers.{one}") for one in audience.readers)),
        ("panel.outreach.count", t("panel.outreach.reach", people=reach.people, waiting=reach.waiting)),
        *[(label, moment(at)) for label, at in times if at],
    ]


async def _quiz(actor: Actor, card: Card, _units: Tree, t: Words) -> Facts:
    """Its name and how many questions; they are read on its own page. Nothing for who does not see it any more."""
    try:
        card.quiz = told = await Quiz.of(actor, card.proposal.object_id)
    except (Forbidden, NotFound):
        return []
    return [
        ("approvals.quiz", told.title_in(Language.ZH_CN)),
        ("panel.quiz.questions", str(len(told.questions))),
        ("panel.quiz.for_whom", t("panel.quiz.for_all" if told.public else "panel.quiz.for_enrolled")),
    ]


async def _lesson(actor: Actor, card: Card, _units: Tree, t: Words) -> Facts:
    """What would be published, and for whom. A case is gone through on its own page."""
    version = await LessonVersion.get_or_none(id=card.proposal.object_id).select_related("lesson")
    try:
        card.lesson = told = await Lesson.of(actor, version.lesson_id) if version else None
    except (Forbidden, NotFound):
        return []
    if version is None or told is None:
        return []
    readers = t("panel.lesson.for_officials" if version.officials_only else "panel.lesson.for_all")
    return [
        ("panel.lesson.title", version.text_in(Language.ZH_CN)["title"]),
        ("panel.lesson.kind", t("term.LessonKind." + told.kind.value)),
        ("panel.lesson.readers", readers),
    ]


_TELLERS: Final[dict[ProposalKind, Teller]] = {
    ProposalKind.REVEAL: _reveal,
    ProposalKind.MOVE_IDENTITY: _move,
    ProposalKind.HAND_OVER: _hand_over,
    ProposalKind.RESET: _member,
    ProposalKind.CHANGE_ROLE: _change_role,
    ProposalKind.BROADCAST: _broadcast,
    ProposalKind.LESSON: _lesson,
    ProposalKind.QUIZ: _quiz,
}
