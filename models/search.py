"""搜索: by number or reference, village, status and day in the columns; by words in what lies sealed, one open matter
after another.

Words are looked for within the request, with the keys of the session: there is no index that could tell anybody
what stands in a tip. One entry in the audit trail says that it was done and how much was found, never what for.
"""

import json
import time
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

from tortoise.expressions import Q
from tortoise.queryset import QuerySet

from models.access import Access, referred_to
from models.actor import Actor
from models.audit import Act, Audit
from models.db import transaction
from models.desk import COLUMNS, Item, Page, item_of, page_of, secrets_of
from models.errors import Invalid
from models.house import house
from models.matter import ends_with
from models.message import Message, in_slices, words_of
from models.policy import Action, require, scope
from models.sealing import Purpose, open_any, unlock
from models.terms import OPEN_STATUSES, RingPurpose, Side, TipStatus
from models.text import clean, folded
from models.tip import reporter_secret
from models.unit import Tree, tree

BATCH: Final = 25
MOST_LOOKED: Final = 200
"""Matters opened in one request."""
MOST_SECONDS: Final = 1.5
SHORTEST, LONGEST = 2, 40
HIGHEST_NO: Final = 2**31
SHORT_NO: Final = 4
"""A number of so few digits would be found in every year."""
PLACES: Final = 20


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for. `typed` is a reference, an official number or a part of it, or a village."""

    typed: str = ""
    status: TipStatus | None = None
    since: date | None = None
    until: date | None = None

    @property
    def empty(self) -> bool:
        """Nothing was asked for."""
        return not (clean(self.typed) or self.status or self.since or self.until)


@dataclass(frozen=True, slots=True)
class Found:
    """What the words were found in, how many matters were looked at, and where to go on when not all were."""

    items: list[Item]
    looked: int
    after: int | None
    too_long: Item | None = None  # not looked through: more was written there than one request can read


async def find(actor: Actor, wanted: Wanted, *, before: int | None = None) -> Page:
    """Rows of the actor's own list, newest first; also those that came in a flood."""
    require(actor, Action.SEARCH, mode=house().mode)
    rows = (await _own(actor, before)).filter(_typed(await tree(), clean(wanted.typed)[:LONGEST]))
    if wanted.status:
        rows = rows.filter(status=wanted.status)
    if wanted.since:
        rows = rows.filter(arrived_on__gte=wanted.since)
    if wanted.until:
        rows = rows.filter(arrived_on__lte=wanted.until)
    return await page_of(actor, rows)


async def find_words(actor: Actor, words: str, *, before: int | None = None) -> Found:
    """Open matters of the unit in whose story, thread, notes or summary the words stand. Names are not looked into.

    Invalid when the words are too few or too many. It stops after so many matters or seconds, and says where.
    """
    require(actor, Action.SEARCH, mode=house().mode)
    sought = folded(clean(words))
    if not SHORTEST <= len(sought) <= LONGEST:
        raise Invalid("search.words_bad", least=SHORTEST, most=LONGEST)
    rows = (await _own(actor, before)).filter(status__in=list(OPEN_STATUSES))
    found = await _look_through(actor, rows, sought)
    async with transaction():
        detail = {"looked": found.looked, "found": len(found.items)}
        await Audit.record(Act.SEARCHED, unit_id=actor.unit_id, actor_id=actor.id, detail=detail)
    return found


async def _own(actor: Actor, before: int | None) -> QuerySet[Access]:
    rows: QuerySet[Access] = scope(actor, Access).filter(ring_id__in=await actor.held(RingPurpose.CASE))
    return rows if before is None else rows.filter(arrived_no__lt=before)


def _typed(units: Tree, typed: str) -> Q:
    if not typed:
        return Q()
    if span := referred_to(typed):
        return Q(tip_id__gte=span[0], tip_id__lte=span[1]) | _named(units, typed)
    return _named(units, typed)


def _named(units: Tree, typed: str) -> Q:
    if not any(sign.isdecimal() for sign in typed):
        return Q(place_id__in=_places(units, typed))
    wanted = Q(tip__official_no__icontains=typed) if len(typed) > SHORT_NO else Q(id=UUID(int=0))
    if typed.isdecimal() and int(typed) < HIGHEST_NO:
        wanted |= Q(tip__official_no__contains=ends_with(int(typed)))
    return wanted


def _places(units: Tree, typed: str) -> list[UUID]:
    """What the name may mean, and everything below it: a township's villages too. Closed places keep their tips."""
    named = [node.id for node in units.search(typed, limit=PLACES)]
    named += [node.id for node in units.nodes.values() if not node.serves and node.name == typed]
    return [place for each in named for place in units.below(each)]


async def _look_through(actor: Actor, rows: QuerySet[Access], sought: str) -> Found:
    """Matter after matter, so that memory and time stay within bounds.

    One that takes longer than what time is left is where the next request begins, with all its time; one that takes
    longer than all of it is told apart, so that a person opens it.
    """
    ends, items, looked, last = time.monotonic() + MOST_SECONDS, list[Item](), 0, None
    while looked < MOST_LOOKED and time.monotonic() < ends:
        batch = rows if last is None else rows.filter(arrived_no__lt=last)
        found = await batch.order_by("-arrived_no").limit(BATCH).values(*COLUMNS, "tip__narrative")
        secrets = await secrets_of(actor, found)
        for row in found:
            item = item_of(row, secrets[row["id"]])
            stands = await _stands_in(item, row, secrets[row["id"]], sought, ends)
            if stands is None:
                return Found(items, looked, last) if last else Found([], 0, row["arrived_no"], too_long=item)
            items += [item] if stands else []
            looked, last = looked + 1, row["arrived_no"]
        if len(found) < BATCH:
            return Found(items, looked, None)
    return Found(items, looked, last)


async def _stands_in(item: Item, row: dict[str, Any], tip_secret: bytes, sought: str, ends: float) -> bool | None:
    """Whether the words stand in the matter; None when the time was over before all of it was looked through."""
    reporter = reporter_secret(tip_secret)
    story = open_any(reporter, row["tip__narrative"], Purpose.NARRATIVE, item.tip_id)
    if any(sought in folded(words) for words in (item.summary, words_of(json.loads(story)))):
        return True
    async for lines in in_slices(Message.filter(tip_id=item.tip_id)):
        if any(sought in folded(_line(line, tip_secret, reporter)) for line in lines):
            return True
        if time.monotonic() > ends:
            return None
    return False


def _line(line: Message, tip_secret: bytes, reporter: bytes) -> str:
    if line.side is Side.NOTE:
        return unlock(tip_secret, line.body, Purpose.NOTE, line.id).decode()
    body = open_any(reporter, line.body, Purpose.MESSAGE, line.id)
    return words_of(json.loads(body)) if line.side is Side.REPORTER else body.decode()
