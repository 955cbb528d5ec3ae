"""What is told about a broadcast or a quiz on paper or as a file: totals, from the tallies, never from the ledger.

Taking figures out of the house is an act of its own and leaves an audit line.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from models import clock
from models.actor import Actor
from models.audit import Act, Audit
from models.campaign import Campaign
from models.db import transaction
from models.policy import Action, require
from models.progress import Coverage, Round, coverage, progress
from models.quiz import Quiz
from models.quiz_totals import Totals, totals
from models.unit import tree

STEPS: Final = (
    Act.CAMPAIGN_DRAFTED,
    Act.CAMPAIGN_REVISED,
    Act.CAMPAIGN_SCHEDULED,
    Act.CAMPAIGN_STARTED,
    Act.CAMPAIGN_PAUSED,
    Act.CAMPAIGN_RESUMED,
    Act.CAMPAIGN_STOPPED,
    Act.CAMPAIGN_DONE,
    Act.CAMPAIGN_EXPIRED,
)
MOST_STEPS: Final = 200


class Paper(StrEnum):
    """What the figures are put on."""

    BOOK = "xlsx"
    PRINT = "print"


@dataclass(frozen=True, slots=True)
class Head:
    """Which office made it, who, and when."""

    office: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Report:
    """A broadcast in figures: its rounds, its units, and what happened when."""

    head: Head
    campaign: Campaign
    rounds: list[Round]
    coverage: Coverage
    timeline: list[tuple[Act, datetime]]


@dataclass(frozen=True, slots=True)
class QuizReport:
    """A quiz in figures."""

    head: Head
    quiz: Quiz
    totals: Totals


async def report(actor: Actor, campaign: Campaign, paper: Paper) -> Report:
    """The figures of a broadcast the actor sees, taken out. Forbidden for who may not."""
    require(actor, Action.EXPORT_REPORT)
    await _note(actor, campaign, paper)
    return Report(
        await _head(actor),
        campaign,
        (await progress(campaign)).rounds,
        await coverage(campaign),
        await timeline(campaign),
    )


async def quiz_report(actor: Actor, quiz: Quiz, paper: Paper) -> QuizReport:
    """The figures of a quiz the actor sees, taken out. Forbidden for who may not."""
    require(actor, Action.EXPORT_REPORT)
    await _note(actor, quiz, paper)
    return QuizReport(await _head(actor), quiz, await totals(quiz))


async def timeline(campaign: Campaign) -> list[tuple[Act, datetime]]:
    """What happened to it, from the audit trail: when, and not by whom."""
    lines = Audit.filter(object_id=campaign.id, act__in=list(STEPS)).order_by("id").limit(MOST_STEPS)
    return [(Act(line["act"]), line["at"]) for line in await lines.values("act", "at")]


async def _head(actor: Actor) -> Head:
    return Head((await tree())[actor.unit_id].office, actor.staff.name, clock.now())


async def _note(actor: Actor, thing: Campaign | Quiz, paper: Paper) -> None:
    async with transaction():
        await Audit.record(
            Act.REPORT_EXPORTED,
            unit_id=actor.unit_id,
            actor_id=actor.id,
            object_id=thing.id,
            detail={"as": paper.value},
        )
