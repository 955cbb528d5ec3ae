"""有些事只有我知道: what only the reporter can know would point at him, wherever it turns up.

So before a matter or an identity leaves the unit, somebody must have confirmed that he saw the request.
"""

import json

from models.errors import Invalid
from models.sealing import Purpose, open_any
from models.tip import Tip, reporter_secret


def asks_for_care(tip: Tip, tip_secret: bytes) -> bool:
    """Whether the reporter said that only he can know some of it."""
    told = json.loads(open_any(reporter_secret(tip_secret), tip.narrative, Purpose.NARRATIVE, tip.id))
    return bool(told["care"])


def require_care_seen(tip: Tip, tip_secret: bytes, *, seen: bool) -> None:
    """Invalid when he asked for care and nobody confirmed to have seen that."""
    if not seen and asks_for_care(tip, tip_secret):
        raise Invalid("tip.care_not_seen")
