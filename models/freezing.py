"""The two statements that freeze an audience: a hundred thousand people in one go, each once.

Written out, because the ORM has no INSERT … SELECT. What is filled in are ids and enum values of ours; what people
typed goes along as parameters.
"""

from typing import Any, Final

from models.audience import Audience
from models.campaign import Campaign
from models.db import connection
from models.official import Chat
from models.terms import LedgerState

_EVERYBODY: Final = """
INSERT INTO ledger (campaign_id, round, reached_id, unit_id, state)
SELECT '{campaign}', {round}, reached_id, unit_id, '{queued}' FROM (
    SELECT reached_id, unit_id, ROW_NUMBER() OVER (PARTITION BY reached_id ORDER BY id) AS place FROM ({posts}) AS posts
) AS people WHERE place = 1
"""
_SILENT: Final = """
INSERT INTO ledger (campaign_id, round, reached_id, unit_id, state)
SELECT campaign_id, {round}, reached_id, unit_id, '{queued}' FROM ledger AS heard
WHERE campaign_id = '{campaign}' AND round = {round} - 1 AND state IN ('{sent}', '{unknown}') AND NOT EXISTS (
    SELECT 1 FROM acknowledgement AS known
    WHERE known.campaign_id = heard.campaign_id AND known.reached_id = heard.reached_id
)
"""
Statement = tuple[str, list[Any]]


async def everybody(campaign: Campaign) -> Statement:
    """All whom the audience means now. Somebody with two posts counts where his first one is."""
    rows = (await Audience.from_json(campaign.audience).listed()).filter(chat__not=Chat.NONE)
    posts = rows.using_db(connection()).values("id", "reached_id", "unit_id")
    posts.sql()  # makes the query
    query, values = posts.query.get_parameterized_sql()
    return _EVERYBODY.format(posts=query, **_ours(campaign)), values


async def the_silent(campaign: Campaign) -> Statement:
    """Who was sent the round before, or may have been, and has not acknowledged it."""
    return _SILENT.format(**_ours(campaign)), []


def _ours(campaign: Campaign) -> dict[str, Any]:
    states = {"queued": LedgerState.QUEUED, "sent": LedgerState.SENT, "unknown": LedgerState.UNKNOWN}
    return {"campaign": campaign.id, "round": int(campaign.round), **{name: one.value for name, one in states.items()}}
