"""What a broadcast leaves behind: who was sent what and who pressed the button goes once it is long over, as do posts
that have ended. The totals stay, for they name nobody.
"""

from datetime import timedelta
from typing import Any, Final

from tortoise.expressions import Subquery
from tortoise.queryset import QuerySet

from models import clock
from models.campaign import Campaign
from models.db import transaction
from models.ledger import Acknowledgement, Ledger
from models.official import Official

KEPT: Final = timedelta(days=90)
"""After the end of a broadcast."""
KEPT_POSTS: Final = timedelta(days=365)
"""After the end of a post."""
AT_ONCE: Final = 5_000
"""Rows in one transaction: others want to write, too."""


def old_letters() -> QuerySet[Any]:
    """Rows of the ledgers of broadcasts that ended long ago."""
    return Ledger.filter(campaign_id__in=_over())


def old_presses() -> QuerySet[Any]:
    """Presses of 我已知晓 that were counted long ago."""
    return Acknowledgement.filter(campaign_id__in=_over(), counted=True)


def ended_posts() -> QuerySet[Any]:
    """Posts that ended long ago, with the names of those who held them."""
    return Official.filter(ended_on__lt=clock.today() - KEPT_POSTS)


async def forget() -> int:
    """The job."""
    gone = 0
    for rows in (old_letters, old_presses, ended_posts):
        while some := await _some(rows()):
            gone += some
    return gone


async def _some(rows: QuerySet[Any]) -> int:
    async with transaction():
        ids = await rows.order_by("id").limit(AT_ONCE).values_list("id", flat=True)
        await rows.model.filter(id__in=list(ids)).delete()
    return len(ids)


def _over() -> Subquery:
    return Subquery(Campaign.filter(finished_at__lt=clock.now() - KEPT).values("id"))
