"""Stepping up: before the gravest acts a member proves himself anew, with password and one-time code."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from models import clock, flood, passwords
from models.actor import Actor
from models.db import transaction
from models.errors import Invalid
from models.sealing import Purpose, Refused, unlock
from models.staff import Staff

FRESH: Final = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Proof:
    """That this member was there a moment ago. Only `step_up` makes one; it lives in the request."""

    staff_id: UUID
    at: datetime

    @staticmethod
    def require(proof: "Proof | None", actor: Actor) -> None:
        """Invalid when there is none, or it is another's, or it is stale."""
        if proof is None or proof.staff_id != actor.id or clock.now() - proof.at > FRESH:
            raise Invalid("login.prove_again")


async def step_up(actor: Actor, *, password: str, code: str) -> Proof:
    """Check password and a one-time code not used before. Invalid is any wrong combination; Throttled waits."""
    flood.LOGINS.enter("step up", actor.id.hex)
    staff = await Staff.get(id=actor.id)
    try:
        secret = await staff.open_secret(password)
    except Refused:
        raise Invalid("login.refused") from None
    seed = unlock(secret, staff.totp_locked, Purpose.TOTP, staff.id).decode()
    step = passwords.verify_totp(seed, code, clock.now(), staff.totp_last_step)
    async with transaction():
        fresh = Staff.filter(id=staff.id, active=True, totp_last_step__lt=step or 0)
        if step is None or not await fresh.update(totp_last_step=step):
            raise Invalid("login.refused")
    flood.LOGINS.forget("step up", actor.id.hex)
    return Proof(staff.id, clock.now())
