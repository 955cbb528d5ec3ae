"""A test send to oneself: a code that shows a draft in the chat of whoever opens it, today and tomorrow.

No chat of a member of staff is on record, and none needs to be: he opens the link on his own phone.
"""

import hmac
from dataclasses import replace
from datetime import date, timedelta
from typing import Final
from uuid import UUID

from models import clock
from models.audience import Audience
from models.campaign import Campaign
from models.house import house
from models.ledger import message
from models.outbox import Say
from models.sealing import lookup_tag
from models.terms import Readers
from models.unit import tree

_MAC: Final = 12
_ID: Final = 32
"""Hex digits of the campaign; the code has as many of its seal as twice the bytes above."""


def code_of(campaign: Campaign) -> str:
    """What goes behind `/start t`: 56 characters, within Telegram's 64."""
    return campaign.id.hex + _seal(campaign.id, clock.today())


async def shown(code: str, language: str) -> list[Say]:
    """The message as it would go out, to residents too if they get it. Nothing for a code that is none, or too old."""
    try:
        campaign_id = UUID(hex=code[:_ID])
    except ValueError:
        return []
    days = (clock.today(), clock.today() - timedelta(days=1))
    if not any(hmac.compare_digest(code[_ID:].encode(), _seal(campaign_id, day).encode()) for day in days):
        return []
    campaign = await Campaign.get_or_none(id=campaign_id)
    return await _said(campaign, language) if campaign else []


async def _said(campaign: Campaign, language: str) -> list[Say]:
    readers, office = Audience.from_json(campaign.audience).readers, (await tree())[campaign.unit_id].office
    in_office = [message(campaign, language, office)] if set(readers) - {Readers.SUBSCRIBERS} else []
    if Readers.SUBSCRIBERS not in readers:
        return in_office
    public = message(campaign, language, office, public=True)
    *others, (leave,) = public.choices
    harmless = replace(leave, data=f"!ack:{campaign.id.hex}")  # who tries it out may have subscribed himself
    return [*in_office, Say("outreach.try_out_public"), replace(public, choices=(*others, (harmless,)))]


def _seal(campaign_id: UUID, day: date) -> str:
    return lookup_tag(house().keys.index, "try-out", campaign_id.bytes + day.isoformat().encode())[:_MAC].hex()
