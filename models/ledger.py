"""The ledger of a broadcast: one row per person and round, leased before it is sent, so that nobody hears it twice.

`queued → leased → sent | blocked | failed | unknown`. Back to queued goes only what surely was not sent. What may have
arrived, a lost answer or a lease whose holder died, is unknown and stays so.
"""

from collections import Counter
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from tortoise import fields
from tortoise.expressions import F
from tortoise.functions import Count
from tortoise.models import Model

from models import clock
from models.campaign import Campaign
from models.carried import Carried
from models.contact import Contact
from models.db import UtcDatetimeField, connection, for_update, new_id, transaction
from models.errors import Conflict
from models.festival import may_send
from models.material import said
from models.officer import OfficerChat
from models.official import Official, Reached
from models.outbox import Choice, Say
from models.subscription import Subscription
from models.terms import CampaignState, Festival, LedgerState
from models.unit import tree

LEASE_LIFE: Final = timedelta(seconds=120)
MARGIN: Final = timedelta(seconds=45)
"""A holder sends nothing so late in his lease: an answer that takes its time must find it still his."""
PASSED_OVER: Final = 20
"""So many batches of people who have all left or stopped the bot are settled in one go, before others get a turn."""
SETTLED: Final = frozenset(LedgerState) - {LedgerState.QUEUED, LedgerState.LEASED}


class Ledger(Model):
    """One message to one person. Frozen when its round begins."""

    id = fields.BigIntField(primary_key=True, generated=True)
    campaign: fields.ForeignKeyRelation[Campaign] = fields.ForeignKeyField("models.Campaign", related_name="ledger")
    campaign_id: UUID
    round: int = fields.SmallIntField()
    reached_id: UUID = fields.UUIDField()
    unit_id: UUID = fields.UUIDField()
    public = fields.BooleanField(default=False)  # to a resident: nothing is asked of him, and it comes once
    state = fields.CharEnumField(LedgerState, max_length=8, default=LedgerState.QUEUED)
    lease_id: UUID | None = fields.UUIDField(null=True)
    leased_until: datetime | None = UtcDatetimeField(null=True)
    settled_at: datetime | None = UtcDatetimeField(null=True)

    class Meta:
        table = "ledger"
        unique_together = (("campaign_id", "reached_id", "round"),)
        indexes = (("state", "campaign_id", "id"), ("campaign_id", "settled_at"))


class Tally(Model):
    """How far one round has come in one unit. Settling adds to it, so nobody ever counts the ledger."""

    id = fields.BigIntField(primary_key=True, generated=True)
    campaign: fields.ForeignKeyRelation[Campaign] = fields.ForeignKeyField("models.Campaign", related_name="tallies")
    campaign_id: UUID
    round: int = fields.SmallIntField()
    unit_id: UUID = fields.UUIDField()
    total: int = fields.IntField()
    public: int = fields.IntField(default=0)  # how many of them are residents, who acknowledge nothing
    sent: int = fields.IntField(default=0)
    blocked: int = fields.IntField(default=0)
    failed: int = fields.IntField(default=0)
    unknown: int = fields.IntField(default=0)
    known: int = fields.IntField(default=0)  # 我已知晓, counted with the first round

    class Meta:
        table = "tally"
        unique_together = (("campaign_id", "round", "unit_id"),)


class Acknowledgement(Model):
    """Somebody pressed 我已知晓. The step only inserts; a job adds it to the tally."""

    id = fields.BigIntField(primary_key=True, generated=True)
    campaign: fields.ForeignKeyRelation[Campaign] = fields.ForeignKeyField("models.Campaign", related_name="known")
    campaign_id: UUID
    reached_id: UUID = fields.UUIDField()
    unit_id: UUID = fields.UUIDField()
    at: datetime = UtcDatetimeField()
    counted = fields.BooleanField(default=False)

    class Meta:
        table = "acknowledgement"
        unique_together = (("campaign_id", "reached_id"),)
        indexes = (("counted", "id"),)


@dataclass(frozen=True, slots=True)
class Letter:
    """One leased row, ready for the edge."""

    row: int
    campaign_id: UUID
    lease_id: UUID
    until: datetime
    contact: Contact
    say: Say

    @property
    def is_late(self) -> bool:
        """Whether too little of the lease is left to begin."""
        return clock.now() >= self.until - MARGIN


@dataclass(frozen=True, slots=True)
class Settled:
    """How it went. QUEUED gives it back: it surely was not sent."""

    row: int
    lease_id: UUID
    state: LedgerState
    contact_id: UUID | None = None
    at: datetime = field(default_factory=clock.now)


async def lease(limit: int) -> list[Letter]:
    """Take some rows of the campaign that has been sending longest. Committed before anybody sends: at most once.

    Two processes never get the same row. None at night, and none of what is paused.
    """
    if not may_send(clock.now()):
        return []
    async with transaction():
        for campaign in await Campaign.filter(state=CampaignState.SENDING).order_by("round_at", "id"):
            for _ in range(PASSED_OVER):
                letters = await _take(campaign, limit)
                if letters:
                    return letters
                if letters is None:
                    break
    return []


async def may_go(letter: Letter) -> bool:
    """Whether it may be sent this moment: not paused or stopped in any process, and people are awake."""
    sending = Campaign.filter(id=letter.campaign_id, state=CampaignState.SENDING)
    return may_send(clock.now()) and not letter.is_late and await sending.exists()


async def hold_up(campaign_id: UUID) -> None:
    """What hangs beside its words cannot be sent to anybody: it is paused and tells the desk (`Campaign.held_up`)."""
    campaign = await Campaign.get(id=campaign_id)
    with suppress(Conflict):  # another letter of this batch noticed it first
        await campaign.become_paused()
        if campaign.material_id:
            await Carried.start_over(campaign.material_id)


async def settle(outcomes: Iterable[Settled]) -> None:
    """Write down how a batch went, in one commit. A lease that was taken away is left as it is, but for good news."""
    told = {one.row: one for one in outcomes}
    async with transaction():
        rows = await for_update(Ledger.filter(id__in=list(told)).order_by("id"))
        moves = [(row, told[row.id]) for row in rows if _is_open(row, told[row.id])]
        await _move(moves)
        if blocked := [one.contact_id for _, one in moves if one.state is LedgerState.BLOCKED and one.contact_id]:
            await Contact.filter(id__in=blocked).update(blocked=True)


async def lapse() -> int:
    """Leases whose holder died. It may have been sent, so it never is again. A job."""
    async with transaction():
        dead = Ledger.filter(state=LedgerState.LEASED, leased_until__lt=clock.now()).order_by("id").limit(1_000)
        rows = await for_update(dead, skip_locked=True)
        await _move([(row, Settled(row.id, row.lease_id or new_id(), LedgerState.UNKNOWN)) for row in rows])
        return len(rows)


async def acknowledge(campaign_id: UUID, contact_id: UUID) -> bool:
    """我已知晓, in this chat. False when nothing of this campaign was ever meant for it. Twice is once."""
    link = await Reached.by_contact(contact_id)
    rows = Ledger.filter(campaign_id=campaign_id, public=False)
    row = await rows.filter(reached_id=link.id).first() if link else None
    if row is None:
        return False
    known = Acknowledgement(campaign_id=campaign_id, reached_id=row.reached_id, unit_id=row.unit_id, at=clock.now())
    async with transaction():
        await Acknowledgement.bulk_create([known], ignore_conflicts=True)
    return True


async def count_known() -> int:
    """Add fresh acknowledgements to the tallies. A job."""
    async with transaction():
        fresh = Acknowledgement.filter(counted=False).order_by("id").limit(1_000)
        rows = await for_update(fresh, skip_locked=True)
        await Acknowledgement.filter(id__in=[row.id for row in rows]).update(counted=True)
        await _add(Counter((row.campaign_id, 1, row.unit_id, "known") for row in rows))
        return len(rows)


def _is_open(row: Ledger, told: Settled) -> bool:
    """Its lease is still this one; or it lapsed meanwhile and the truth came late."""
    late = row.state is LedgerState.UNKNOWN and told.state is LedgerState.SENT
    return row.lease_id == told.lease_id and (row.state is LedgerState.LEASED or late)


async def _move(moves: list[tuple[Ledger, Settled]]) -> None:
    """Rows change their state, and the tallies with them."""
    change: Counter[tuple[UUID, int, UUID, str]] = Counter()
    for state in LedgerState:
        rows = [row for row, one in moves if one.state is state]
        if not rows:
            continue
        settled_at = clock.now() if state in SETTLED else None
        await Ledger.filter(id__in=[row.id for row in rows]).update(state=state, settled_at=settled_at)
        for row in rows:
            if row.state in SETTLED:
                change[row.campaign_id, row.round, row.unit_id, row.state] -= 1
            if state in SETTLED:
                change[row.campaign_id, row.round, row.unit_id, state] += 1
    await _add(change)


async def _add(change: Counter[tuple[UUID, int, UUID, str]]) -> None:
    """In the order of the keys, so that two who add at once never wait for one another in a circle."""
    for (campaign_id, number, unit_id, column), n in sorted(change.items()):
        if n:
            row = Tally.filter(campaign_id=campaign_id, round=number, unit_id=unit_id)
            await row.update(**{str(column): F(str(column)) + n})


async def _take(campaign: Campaign, limit: int) -> list[Letter] | None:
    """The next rows of one campaign; none of them a letter when all these people have gone. None: nothing waits."""
    free = Ledger.filter(state=LedgerState.QUEUED, campaign_id=campaign.id).order_by("id").limit(limit)
    rows = await for_update(free, skip_locked=True)
    if not rows:
        return None
    token, until = new_id(), clock.now() + LEASE_LIFE
    found = Ledger.filter(id__in=[row.id for row in rows])
    await found.update(state=LedgerState.LEASED, lease_id=token, leased_until=until)
    return await _letters(campaign, rows, token, until)


async def _letters(campaign: Campaign, rows: list[Ledger], token: UUID, until: datetime) -> list[Letter]:
    """What the edge needs. Who has left, or stopped the bot, is settled here and costs no message."""
    links = {link.id: link for link in await Reached.filter(id__in=[row.reached_id for row in rows])}
    chats = {row.id: links[row.reached_id].contact_id() for row in rows if row.reached_id in links}
    contacts = {one.id: one for one in await Contact.filter(id__in=[chat for chat in chats.values() if chat])}
    wished = await _still_wished(rows)
    office = (await tree())[campaign.unit_id].office
    letters, gone = [], []
    for row in rows:
        contact = contacts.get(chats.get(row.id) or UUID(int=0))
        if contact is None or contact.blocked or row.id not in wished:
            row.state = LedgerState.LEASED
            gone.append((row, Settled(row.id, token, LedgerState.BLOCKED)))
        else:
            say = message(campaign, contact.language, office, again=row.round > 1, public=row.public)
            letters.append(Letter(row.id, campaign.id, token, until, contact, say))
    await _move(gone)
    return letters


async def _still_wished(rows: list[Ledger]) -> set[int]:
    """Rows of people who still are what they were when it began: a chat may be kept for another use alone."""
    links = [row.reached_id for row in rows]
    posts = await Official.filter(reached_id__in=links, ended_on=None).values_list("reached_id", flat=True)
    offices = await OfficerChat.filter(reached_id__in=links).values_list("reached_id", flat=True)
    subscribed = await Subscription.filter(reached_id__in=links).values_list("reached_id", flat=True)
    uses = {False: {*posts, *offices}, True: set(subscribed)}
    return {row.id for row in rows if row.reached_id in uses[row.public]}


def message(campaign: Campaign, language: str, office: str, *, again: bool = False, public: bool = False) -> Say:
    """The message as people read it: the office, the words, that it goes to all, and the button.

    Residents are told that it goes to all who subscribed, and their button is the way out.
    """
    params: dict[str, Any] = {"office": office, "text": campaign.text_in(language)}
    know = Choice("outreach.know", data=f"!ack:{campaign.id.hex}")
    whole = [(Choice("lesson.whole", data=f"!lesson:{campaign.lesson_id.hex}"),)] if campaign.lesson_id else []
    if campaign.quiz_id:
        whole += [(Choice("quiz.some", data=f"!quiz:{campaign.quiz_id.hex}"),)]
    key, button = "outreach.again" if again else "outreach.first", know
    if campaign.festival is Festival.WEDDINGS_FUNERALS:
        key = "outreach.declared"  # it goes to who reported: to say that it goes to all would be untrue
    if public:
        key, button = "outreach.public", Choice("subscription.end", data="!unsub")
    media = said(campaign.material_id) if campaign.material_id else {}
    return Say(key, params=params, choices=(*whole, (button,)), media=media)


async def freeze(campaign: Campaign) -> int:
    """Write the ledger of the campaign's present round, in the caller's transaction; answers how many rows."""
    from models.freezing import everybody, the_silent

    query, values = await (everybody(campaign) if campaign.round == 1 else the_silent(campaign))
    await connection().execute_query(query, values)
    return await _open_tallies(campaign)


async def _open_tallies(campaign: Campaign) -> int:
    rows = Ledger.filter(campaign_id=campaign.id, round=campaign.round).annotate(n=Count("id"))
    opened: dict[UUID, Tally] = {}
    for row in await rows.group_by("unit_id", "public").values("unit_id", "public", "n"):
        place = {"campaign_id": campaign.id, "round": campaign.round, "unit_id": row["unit_id"]}
        tally = opened.setdefault(row["unit_id"], Tally(**place, total=0, public=0))
        tally.total += row["n"]
        tally.public += row["n"] if row["public"] else 0
    fresh = list(opened.values())
    await Tally.bulk_create(fresh)
    return sum(row.total for row in fresh)
