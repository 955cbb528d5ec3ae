"""Which units a matter was sealed upward from: it never comes back to them, nor to what lies below them.

Kept under T, for the offices that have the matter: no row tells the unit, or who copies the database, that it had it.
"""

import json
from uuid import UUID

from models.sealing import Purpose, lock, unlock
from models.tip import Tip, hold_still


def lifted_from(tip: Tip, tip_secret: bytes) -> frozenset[UUID]:
    """The units it was sealed upward from."""
    if tip.lifted is None:
        return frozenset()
    told = json.loads(unlock(tip_secret, tip.lifted, Purpose.LIFTED, tip.id))
    return frozenset(UUID(hex=unit_id) for unit_id in told)


async def note_lifted(tip_id: UUID, tip_secret: bytes, unit_id: UUID) -> None:
    """Note one more of them. In the caller's transaction."""
    tip = await hold_still(tip_id)
    units = sorted(one.hex for one in {*lifted_from(tip, tip_secret), unit_id})
    locked = lock(tip_secret, json.dumps(units).encode(), Purpose.LIFTED, tip_id)
    await Tip.filter(id=tip_id).update(lifted=locked)
