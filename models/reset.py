"""A lost password: nobody can bring the old key back, so the member gets a new one, and his keys anew.

His head proposes it, a security administrator approves (and hands over a code for one use); the member makes
his new key in his own request. Then he is appointed again, fingerprint and all.
"""

import secrets
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from tortoise import fields
from tortoise.models import Model

from models import clock, directory, passwords
from models.actor import Actor
from models.audit import Act, Audit
from models.db import BytesField, IdField, UtcDatetimeField, advisory_lock, transaction
from models.erasure import Gone
from models.errors import Conflict, Forbidden, Invalid
from models.house import house
from models.policy import Action, require
from models.proposal import Proposal, deciding_unit, new_proposal, put
from models.removal import take_keys
from models.rescue import RescueCode
from models.sealing import Purpose, lock, lookup_tag, new_secret, public_of
from models.staff import Staff
from models.terms import ProposalKind

LIFE: Final = timedelta(hours=24)


class Reset(Model):
    """A code for one use, by which a member makes himself a new key. Only its tag is kept."""

    id = IdField()
    staff: fields.ForeignKeyRelation[Staff] = fields.ForeignKeyField("models.Staff", related_name="resets")
    staff_id: UUID
    tag = BytesField(unique=True)
    expires_at: datetime = UtcDatetimeField()

    class Meta:
        table = "reset"
        indexes = (("staff_id",),)


async def propose_reset(actor: Actor, member: Staff) -> Proposal:
    """Propose a new key for a member who has lost his password, or his telephone and every rescue code."""
    require(actor, Action.PROPOSE_RESET, member)
    if member.id == actor.id:
        raise Forbidden("unit.not_yourself")
    if not member.active:
        raise Conflict("unit.not_active")
    concerned = {actor.id, member.id}
    unit_id = await deciding_unit(ProposalKind.RESET, start=actor.unit_id, besides=concerned)
    return await put(new_proposal(actor, ProposalKind.RESET, member.id, about_id=member.id, unit_id=unit_id))


async def begin(actor: Actor, proposal: Proposal) -> str:
    """The effect: his keys and sessions go. Answers the code, shown once to the administrator."""
    member, code = await Staff.get(id=proposal.object_id), secrets.token_hex(10)
    await advisory_lock(f"grants {member.id}")
    if not member.active:
        raise Conflict("unit.not_active")
    await take_keys(member.id, Gone.LOST_KEY)
    await RescueCode.filter(staff_id=member.id).delete()
    await Reset.filter(staff_id=member.id).delete()
    await Reset.create(staff_id=member.id, tag=_tag(house().keys.index, code), expires_at=clock.now() + LIFE)
    await Audit.record(Act.KEY_RESET, unit_id=member.unit_id, actor_id=actor.id, object_id=member.id)
    return code


async def find(code: str) -> Reset:
    """The open reset for this code. Invalid when unknown, used or expired, all alike."""
    plain = code.strip().lower()
    tags = [_tag(index, plain) for index in house().keys.indexes]
    found = await Reset.get_or_none(tag__in=tags, expires_at__gt=clock.now(), staff__active=True)
    if found is None:
        raise Invalid("enrol.invite_unknown")
    return found


async def renew(code: str, *, password: str, totp_seed: str, totp_code: str) -> Staff:
    """The member makes his new key, in his own request. He holds no ring until he is appointed again."""
    found = await find(code)
    staff = await Staff.get(id=found.staff_id)
    if problem := passwords.password_problem(password, name=staff.login):
        raise Invalid(problem)
    step = passwords.verify_totp(totp_seed, totp_code, clock.now())
    if step is None:
        raise Invalid("enrol.code_wrong")
    fresh = await _with_new_key(staff, password, totp_seed, step)
    async with transaction():
        if not await Reset.filter(id=found.id, expires_at__gt=clock.now()).delete():
            raise Invalid("enrol.invite_unknown")
        await fresh.save(update_fields=["salt", "public", "mac", "secret_locked", "totp_locked", "totp_last_step"])
        await Audit.record(Act.KEY_RENEWED, unit_id=staff.unit_id, actor_id=staff.id)
    return fresh


async def sweep() -> int:
    """The job that forgets codes nobody used in time."""
    async with transaction():
        return await Reset.filter(expires_at__lte=clock.now()).delete()


async def _with_new_key(staff: Staff, password: str, totp_seed: str, step: int) -> Staff:
    secret, staff.salt = new_secret(), passwords.new_salt()
    key = await passwords.password_key(house().keys.pepper, password, staff.salt, house().argon2)
    staff.public = public_of(secret)
    staff.mac = directory.attest(staff.id, "staff", 1, staff.public)
    staff.secret_locked = lock(key, secret, Purpose.STAFF_SECRET, staff.id)
    staff.totp_locked = lock(secret, totp_seed.encode(), Purpose.TOTP, staff.id)
    staff.totp_last_step = step
    return staff


def _tag(index: bytes, code: str) -> bytes:
    return lookup_tag(index, "reset", code)
