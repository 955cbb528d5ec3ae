"""Rescue codes: for whom has lost the phone that shows one-time codes. Shown once; kept as tags only.

They replace the telephone, not the password: without it they open nothing.
"""

import secrets
from uuid import UUID

from tortoise import fields
from tortoise.models import Model

from models import clock, flood, passwords
from models.audit import Act, Audit
from models.db import BytesField, IdField, transaction
from models.errors import Invalid
from models.house import house
from models.sealing import Purpose, Refused, lock, lookup_tag
from models.session import Session, is_known
from models.staff import Staff
from models.text import clean

HOW_MANY = 8
GROUP = 5


class RescueCode(Model):
    """One code not used yet."""

    id = IdField()
    staff: fields.ForeignKeyRelation[Staff] = fields.ForeignKeyField("models.Staff", related_name="rescue_codes")
    staff_id: UUID
    tag = BytesField(unique=True)

    class Meta:
        table = "rescue_code"
        indexes = (("staff_id",),)


async def make_codes(staff: Staff) -> list[str]:
    """Eight new codes, to be shown once and copied onto paper. Former ones are void."""
    codes = [secrets.token_hex(GROUP) for _ in range(HOW_MANY)]
    async with transaction():
        await RescueCode.filter(staff_id=staff.id).delete()
        rows = [RescueCode(staff_id=staff.id, tag=_tag(house().keys.index, staff.id, code)) for code in codes]
        await RescueCode.bulk_create(rows)
        await Audit.record(Act.RESCUE_CODES_MADE, unit_id=staff.unit_id, actor_id=staff.id)
    return [f"{code[:GROUP]}-{code[GROUP:]}" for code in codes]


async def codes_left(staff: Staff) -> int:
    """How many he could still use."""
    return await RescueCode.filter(staff_id=staff.id).count()


async def renew_totp(
    *, login: str, password: str, rescue_code: str, totp_seed: str, totp_code: str, browser_mark: str = ""
) -> Staff:
    """A new telephone for whom still has his password and a rescue code. Other sessions end.

    A browser in which he has logged in before is counted apart, as at the door: no stranger keeps him out.
    Every refusal of the person says the same and costs the same work; Invalid may also name the new code.
    """
    login = clean(login).lower()
    step = passwords.verify_totp(totp_seed, totp_code, clock.now())
    if step is None:
        raise Invalid("enrol.code_wrong")
    known = is_known(login, browser_mark)
    door = "rescue known" if known else "rescue"
    with (flood.KNOWN if known else flood.STRANGERS).place():
        flood.LOGINS.enter(door, login)
        staff = await Staff.get_or_none(login=login, active=True)
        secret = await _secret(staff, login, password)
    if staff is None or secret is None:
        raise Invalid("login.refused")
    locked = lock(secret, totp_seed.encode(), Purpose.TOTP, staff.id)
    tags = [_tag(index, staff.id, _plain(rescue_code)) for index in house().keys.indexes]
    async with transaction():
        if not await RescueCode.filter(staff_id=staff.id, tag__in=tags).delete():
            raise Invalid("login.refused")
        unchanged = Staff.filter(id=staff.id, secret_locked=staff.secret_locked)  # no new key was made beside it
        if not await unchanged.update(totp_locked=locked, totp_last_step=step):
            raise Invalid("login.refused")
        await Session.filter(staff_id=staff.id).delete()
        await Audit.record(Act.TOTP_RENEWED, unit_id=staff.unit_id, actor_id=staff.id)
    flood.LOGINS.forget(door, login)
    return await Staff.get(id=staff.id)


async def _secret(staff: Staff | None, login: str, password: str) -> bytes | None:
    if staff is None:
        # An unknown name costs the same Argon2 as a known one.
        salt = lookup_tag(house().keys.pepper, "no such login", login)[: passwords.SALT_BYTES]
        await passwords.password_key(house().keys.pepper, password, salt, house().argon2)
        return None
    try:
        return await staff.open_secret(password)
    except Refused:
        return None


def _plain(code: str) -> str:
    return "".join(sign for sign in clean(code).lower() if sign.isalnum())


def _tag(index: bytes, staff_id: UUID, code: str) -> bytes:
    return lookup_tag(index, "rescue", staff_id.bytes, code)
