"""Deadlines: rules as data, rows computed from them on the working calendar."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID

from tortoise import fields
from tortoise.models import Model

from models import clock
from models.clock import add_working_days
from models.db import IdField


class Rule(StrEnum):
    """Identifiers as in the domain's table of limits; S rules are our own service targets."""

    TELL_ACCEPTANCE = "T06"  # KG 26: real-name reporter is told about acceptance within 15 working days
    TELL_RESULT = "T13"  # KG 27: real-name reporter is told the result within 15 working days of conclusion
    SCREEN = "S01"  # ours: an anonymous tip is screened as fast as a named one
    ANSWER_OBJECTION = "S02"  # KG 27 says that an objection is answered; within how many days is ours


@dataclass(frozen=True, slots=True)
class Limit:
    """How long a rule gives."""

    working_days: int
    source: str

    def due(self, start: date) -> date:
        """The last day."""
        return add_working_days(start, self.working_days)


LIMITS: dict[Rule, Limit] = {
    Rule.TELL_ACCEPTANCE: Limit(15, "《处理检举控告工作规则》第二十六条"),
    Rule.TELL_RESULT: Limit(15, "《处理检举控告工作规则》第二十七条"),
    Rule.SCREEN: Limit(15, "本站服务目标"),
    Rule.ANSWER_OBJECTION: Limit(15, "《处理检举控告工作规则》第二十七条；期限是本站服务目标"),
}
AMBER = 0.7


class Deadline(Model):
    """One limit that runs for one tip in the unit that handles it."""

    id = IdField()
    tip_id: UUID = fields.UUIDField()
    unit_id: UUID = fields.UUIDField()
    rule = fields.CharEnumField(Rule, max_length=4)
    started_on: date = fields.DateField()
    due_on: date = fields.DateField()
    met_on: date | None = fields.DateField(null=True)

    class Meta:
        table = "deadline"
        indexes = (("tip_id",), ("unit_id", "met_on", "due_on"))

    @classmethod
    def start(cls, rule: Rule, *, tip_id: UUID, unit_id: UUID, on: date) -> "Deadline":
        """A deadline not stored yet."""
        return cls(tip_id=tip_id, unit_id=unit_id, rule=rule, started_on=on, due_on=LIMITS[rule].due(on))

    @classmethod
    async def meet(cls, rule: Rule | tuple[Rule, ...], tip_id: UUID, *, on: date | None = None) -> None:
        """The act the rule asks for was done, today if not said otherwise."""
        rules = rule if isinstance(rule, tuple) else (rule,)
        await cls.filter(tip_id=tip_id, rule__in=rules, met_on=None).update(met_on=on or clock.today())

    @classmethod
    async def next_due(cls, tip_id: UUID) -> date | None:
        """The earliest day still open, for the copy in the lists."""
        row = await cls.filter(tip_id=tip_id, met_on=None).order_by("due_on").first()
        return row.due_on if row else None


class Lateness(StrEnum):
    """The colour beside the words."""

    CALM = "calm"
    AMBER = "amber"  # 70 % of the period has gone
    RED = "red"  # past the last day


def lateness(started_on: date, due_on: date, as_of: date, left: Callable[[date, date], int]) -> Lateness:
    """The colour of a deadline on a given day; `left` counts working days."""
    if as_of > due_on:
        return Lateness.RED
    whole = left(due_on, started_on) or 1
    return Lateness.AMBER if (whole - left(due_on, as_of)) / whole >= AMBER else Lateness.CALM
