"""How far a broadcast has come: figures from the tallies, never from the ledger, so its size does not matter."""

from dataclasses import dataclass, replace
from datetime import timedelta
from math import ceil
from typing import Any, Final
from uuid import UUID

from tortoise.functions import Sum

from models import clock
from models.campaign import Campaign
from models.ledger import Ledger, Tally
from models.terms import CampaignState
from models.unit import Tree, tree
from models.veil import Figure, counts, parts

LAST: Final = timedelta(seconds=60)
COUNTED: Final = ("total", "public", "sent", "blocked", "failed", "unknown", "known")


@dataclass(frozen=True, slots=True)
class Round:
    """One round in numbers. A `veiled` one went to so many, or so few, that its size would tell who kept silent."""

    number: int
    total: int = 0
    public: int = 0
    sent: int = 0
    blocked: int = 0
    failed: int = 0
    unknown: int = 0
    known: int = 0
    veiled: bool = False

    @property
    def waiting(self) -> int:
        """Not settled yet."""
        return self.total - self.sent - self.blocked - self.failed - self.unknown

    @property
    def tells_known(self) -> bool:
        """Whether it may be told how many of all said so, as `coverage` tells it."""
        return parts([self.known], counts([self.total - self.public])).sum.is_shown


@dataclass(frozen=True, slots=True)
class Progress:
    """The rounds so far; while it sends, how many a minute and how many minutes are left (None: nobody can tell)."""

    rounds: list[Round]
    a_minute: int = 0
    minutes_left: int | None = None


async def progress(campaign: Campaign) -> Progress:
    """The figures of the progress page."""
    rows = Tally.filter(campaign_id=campaign.id).annotate(**{f"n_{name}": Sum(name) for name in COUNTED})
    told = await rows.group_by("round").order_by("round").values("round", *(f"n_{name}" for name in COUNTED))
    found = [_round(row) for row in told]
    if found and not found[0].tells_known:
        found = [found[0], *(replace(one, veiled=True) for one in found[1:])]
    if campaign.state is not CampaignState.SENDING or not found or found[-1].veiled:
        return Progress(found)
    recent = Ledger.filter(campaign_id=campaign.id, settled_at__gt=clock.now() - LAST)
    rate = await recent.count()
    return Progress(found, rate, ceil(found[-1].waiting / rate) if rate else None)


def _round(row: dict[str, Any]) -> Round:
    counted: dict[str, Any] = {name: int(row[f"n_{name}"]) for name in COUNTED}
    return Round(row["round"], **counted)


@dataclass(frozen=True, slots=True)
class Covered:
    """One unit's first round: how many were asked, and how many said so. Residents are asked nothing."""

    unit_id: UUID
    name: str
    total: Figure
    known: Figure

    @property
    def percent(self) -> int | None:
        """Rounded to tens, which tells nothing of one person among five. None where a number is not shown."""
        if not (self.total.is_shown and self.known.is_shown and self.total.n):
            return None
        return round(10 * self.known.n / self.total.n) * 10


@dataclass(frozen=True, slots=True)
class Coverage:
    """Who was asked and who said so, by unit, and together. What is hidden nowhere shows through."""

    units: list[Covered]
    total: Figure
    known: Figure


async def coverage(campaign: Campaign) -> Coverage:
    """By the units right below the one that sends: townships, or villages for a township's own; and itself."""
    units = await tree()
    rows = await Tally.filter(campaign_id=campaign.id, round=1).values("unit_id", "total", "public", "known")
    sums: dict[UUID, list[int]] = {}
    for row in rows:
        told = sums.setdefault(branch(units, row["unit_id"], campaign.unit_id), [0, 0])
        told[0] += row["total"] - row["public"]
        told[1] += row["known"]
    asked = {unit_id: told for unit_id, told in sums.items() if told[0]}
    order = sorted(asked, key=lambda one: (one != campaign.unit_id, units[one].name))
    total = counts([asked[one][0] for one in order])
    known = parts([asked[one][1] for one in order], total)
    found = zip(order, total.cells, known.cells, strict=True)
    return Coverage([Covered(one, units[one].name, n, said) for one, n, said in found], total.sum, known.sum)


def branch(units: Tree, unit_id: UUID, above: UUID) -> UUID:
    """The unit right below `above` on the way up from here; `above` itself for its own people."""
    way = [node.id for node in units.upward(unit_id)]
    place = way.index(above) if above in way else len(way) - 1
    return way[max(place - 1, 0)]
