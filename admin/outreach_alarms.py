"""What of outreach nears or stands still and needs somebody: as templates/outreach/_alarms.html tells it."""

from typing import Any

from models.actor import Actor
from models.campaign import Campaign
from models.occurrence import alarms, timeless, unapproved


async def outreach_alarms(actor: Actor) -> dict[str, Any]:
    """For a page that includes them. All empty for whom outreach is no business of."""
    return {
        "alarms": await alarms(actor),
        "unapproved": await unapproved(actor),
        "timeless": await timeless(actor),
        "held_up": await Campaign.held_up(actor),
    }
