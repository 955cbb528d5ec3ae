"""The two statements that freeze an audience: a hundred thousand people in one go, each once.

Written out, because the ORM has no INSERT … SELECT. What is filled in are ids and enum values of ours; what people
typed goes along as parameters.
"""

from typing import Any, Final

from tortoise.queryset import QuerySet

from models.audience import Audience
from models.campaign import Campaign
from models.db import connection
from models.official import Chat, Official
from models.terms import LedgerState, Readers

_EVERYBODY: Final = """
INSERT INTO ledger (campaign_id, round, reached_id, unit_id, public, state)
SELECT '{campaign}', {round}, reached_id, unit_id, public, '{queued}' FROM (
    SELECT reached_id, unit_id, public, ROW_NUMBER() OVER (PARTITION BY reached_id ORDER BY public, id) AS place FROM (
        SELECT id, reached_id, unit_id, {no} AS public FROM ({posts}) AS posts
        UNION ALL {officers}
        UNION ALL {subscribers}
    ) AS uses
) AS people WHERE place = 1
"""
_SILENT: Final = """
INSERT INTO ledger (campaign_id, round, reached_id, unit_id, public, state)
SELECT campaign_id, {round}, reached_id, unit_id, public, '{queued}' FROM ledger AS heard
WHERE campaign_id = '{campaign}' AND round = {round} - 1 AND state IN ('{sent}', '{unknown}') AND public = {no}
AND NOT EXISTS (
    SELECT 1 FROM acknowledgement AS known
    WHERE known.campaign_id = heard.campaign_id AND known.reached_id = heard.reached_id
)
"""
_OFFICERS: Final = """SELECT {columns} FROM officer_chat AS chat JOIN officer AS held ON held.id = chat.officer_id
WHERE chat.reached_id IS NOT NULL AND {rule}"""
_SUBSCRIBERS: Final = "SELECT {columns} FROM subscription AS chat WHERE {rule}"
_NOBODY: Final = "1 = 0"
Statement = tuple[str, list[Any]]


async def everybody(campaign: Campaign) -> Statement:
    """All whom the audience means now. Somebody with two posts counts where his first one is."""
    audience, told = Audience.from_json(campaign.audience), _ours(campaign)
    posts, values = parameterized((await audience.listed()).filter(chat__not=Chat.NONE), "id", "reached_id", "unit_id")
    at_work = await officers(audience, f"chat.id, chat.reached_id, held.station_id, {told['no']}")
    residents = await subscribers(audience, f"chat.id, chat.reached_id, chat.unit_id, {told['yes']}")
    return _EVERYBODY.format(posts=posts, officers=at_work, subscribers=residents, **told), values


async def the_silent(campaign: Campaign) -> Statement:
    """Who was sent the round before, or may have been, and has not acknowledged it. Residents are not asked."""
    return _SILENT.format(**_ours(campaign)), []


async def officers(audience: Audience, columns: str) -> str:
    """Liaison officers it means; none if they are not among its readers."""
    return _OFFICERS.format(columns=columns, rule=await _rule(audience, Readers.OFFICERS, "held.station_id"))


async def subscribers(audience: Audience, columns: str, only: str = "1 = 1") -> str:
    """Residents it means; none if they are not among its readers."""
    rule = await _rule(audience, Readers.SUBSCRIBERS, "chat.unit_id")
    return _SUBSCRIBERS.format(columns=columns, rule=f"{rule} AND {only}")


def parameterized(rows: QuerySet[Official], *columns: str) -> Statement:
    """These columns of a query of the ORM's, to be written into another one."""
    query = rows.using_db(connection()).values(*columns)
    query.sql()  # makes it
    text, values = query.query.get_parameterized_sql()
    return text, list(values)


async def _rule(audience: Audience, readers: Readers, column: str) -> str:
    units = ", ".join(f"'{unit}'" for unit in await audience.within())
    return f"{column} IN ({units})" if units and readers in audience.readers else _NOBODY


def _ours(campaign: Campaign) -> dict[str, Any]:
    states = {"queued": LedgerState.QUEUED, "sent": LedgerState.SENT, "unknown": LedgerState.UNKNOWN}
    named = {name: one.value for name, one in states.items()}
    return {"campaign": campaign.id, "round": int(campaign.round), "no": "FALSE", "yes": "TRUE", **named}
