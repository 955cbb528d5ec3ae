"""Members of staff: who they are, their key, their invitation and their roles."""

import secrets
from datetime import datetime, timedelta
from uuid import UUID

from tortoise import fields
from tortoise.exceptions import IntegrityError
from tortoise.models import Model

from models import clock, directory, passwords
from models.audit import Act, Audit
from models.db import BytesField, IdField, UtcDatetimeField, new_id, transaction
from models.errors import Conflict, Invalid
from models.house import house
from models.sealing import (
    Purpose,
    fingerprint,
    key_id,
    lock,
    lookup_tag,
    named_key,
    new_secret,
    public_of,
    unlock,
)
from models.terms import ADMINISTRATORS, Role
from models.text import clean
from models.unit import Unit

INVITE_LIFE = timedelta(days=7)
LOGIN_LENGTH = range(2, 65)
NAME_LENGTH = range(1, 33)


class Staff(Model):
    """A person of an office. The staff secret is locked under the password key and known to nobody else."""

    id = IdField()
    unit: fields.ForeignKeyRelation[Unit] = fields.ForeignKeyField("models.Unit", related_name="staff")
    unit_id: UUID
    login = fields.CharField(max_length=64, unique=True)
    name = fields.CharField(max_length=32)
    role = fields.CharEnumField(Role, max_length=16)
    belongs_to: list[str] = fields.JSONField(default=list)  # other units he is tied to, as hex ids
    active = fields.BooleanField(default=True)
    salt = BytesField()
    public = BytesField()
    mac = BytesField()
    secret_locked = BytesField()
    totp_locked = BytesField()
    totp_last_step = fields.BigIntField(default=0)
    enrolled_at = UtcDatetimeField()
    invited_by_id: UUID | None = fields.UUIDField(null=True)  # never the one who later gives him a ring

    class Meta:
        table = "staff"
        indexes = (("unit_id",),)

    @property
    def is_administrator(self) -> bool:
        """三员 hold no grant and never see content."""
        return self.role in ADMINISTRATORS

    def checked_public(self) -> bytes:
        """The public key, checked against the directory. Corrupt when it was exchanged."""
        return directory.check(self.id, "staff", 1, self.public, self.mac)

    def fingerprint(self) -> str:
        """Twelve symbols the newcomer reads out to the one who grants."""
        return fingerprint(self.checked_public())

    def units(self) -> frozenset[UUID]:
        """His own unit and every unit he is tied to; recusal at routing asks this."""
        return frozenset({self.unit_id, *(UUID(hex=x) for x in self.belongs_to)})

    async def open_secret(self, password: str) -> bytes:
        """The staff secret. Refused on a wrong password."""
        stretched = await passwords.stretched(password, self.salt, house().argon2)
        keys = [passwords.peppered(pepper, stretched) for pepper in house().keys.peppers]
        # The one the envelope names; one under a former pepper is locked anew at this use.
        key = next((key for key in keys if key_id(key) == named_key(self.secret_locked)), keys[0])
        secret = unlock(key, self.secret_locked, Purpose.STAFF_SECRET, self.id)
        if key is not keys[0]:
            await self._relock(keys[0], secret)
        return secret

    async def _relock(self, key: bytes, secret: bytes) -> None:
        former, self.secret_locked = self.secret_locked, lock(key, secret, Purpose.STAFF_SECRET, self.id)
        async with transaction():
            await Staff.filter(id=self.id, secret_locked=former).update(secret_locked=self.secret_locked)

    async def change_password(self, *, old: str, new: str, keep_session: UUID | None = None) -> None:
        """Lock the staff secret anew and end his other sessions. Refused on a wrong old password.

        Conflict when his key or his password was changed beside it: the newer one stays.
        """
        if problem := passwords.password_problem(new, name=self.login):
            raise Invalid(problem)
        secret = await self.open_secret(old)
        same = Staff.filter(id=self.id, active=True, secret_locked=self.secret_locked)
        self.salt = passwords.new_salt()
        self.secret_locked = lock(await self._password_key(new), secret, Purpose.STAFF_SECRET, self.id)
        async with transaction():
            if not await same.update(salt=self.salt, secret_locked=self.secret_locked):
                raise Conflict("account.changed_beside")
            from models.session import Session  # sessions know staff, not the other way round

            await Session.filter(staff_id=self.id).exclude(id=keep_session or new_id()).delete()
            await Audit.record(Act.PASSWORD_CHANGED, unit_id=self.unit_id, actor_id=self.id)

    async def _password_key(self, password: str) -> bytes:
        return await passwords.password_key(house().keys.pepper, password, self.salt, house().argon2)


class Invite(Model):
    """A single-use invitation into a unit and a role. Only the tag of its code is kept."""

    id = IdField()
    tag = BytesField(unique=True)
    unit: fields.ForeignKeyRelation[Unit] = fields.ForeignKeyField("models.Unit", related_name="invites")
    unit_id: UUID
    role = fields.CharEnumField(Role, max_length=16)
    invited_by_id = fields.UUIDField(null=True)  # None: by init, at the console
    expires_at = UtcDatetimeField()
    belongs_to: list[str] | None = fields.JSONField(null=True)  # what is known of his ties beforehand, as hex ids

    class Meta:
        table = "invite"

    @classmethod
    async def issue(cls, *, unit_id: UUID, role: Role, by: UUID | None, ties: frozenset[UUID] = frozenset()) -> str:
        """Make an invitation; answers its code, which is shown once. Valid for seven days."""
        code = secrets.token_hex(10)
        async with transaction():
            await cls.create(
                tag=_tag(code),
                unit_id=unit_id,
                role=role,
                invited_by_id=by,
                expires_at=clock.now() + INVITE_LIFE,
                belongs_to=sorted(unit.hex for unit in ties),
            )
            await Audit.record(Act.INVITED, unit_id=unit_id, actor_id=by, detail={"role": role})
        return code

    @classmethod
    async def find(cls, code: str) -> "Invite":
        """The open invitation for this code. Invalid when unknown, used or expired, all alike."""
        tags = [_tag(code.strip().lower(), index) for index in house().keys.indexes]
        invite = await cls.get_or_none(tag__in=tags, expires_at__gt=clock.now())
        if invite is None:
            raise Invalid("enrol.invite_unknown")
        return invite

    async def enrol(self, *, login: str, name: str, password: str, totp_seed: str, totp_code: str) -> Staff:
        """The newcomer makes his own key, in his own request. Invalid names the field to mend."""
        login, name = clean(login).lower(), clean(name)
        step = _checked(login, name, password, totp_seed, totp_code, clock.now())
        secret, staff_id, salt = new_secret(), new_id(), passwords.new_salt()
        key = await passwords.password_key(house().keys.pepper, password, salt, house().argon2)
        public = public_of(secret)
        staff = Staff(
            id=staff_id,
            unit_id=self.unit_id,
            login=login,
            name=name,
            role=self.role,
            salt=salt,
            public=public,
            mac=directory.attest(staff_id, "staff", 1, public),
            secret_locked=lock(key, secret, Purpose.STAFF_SECRET, staff_id),
            totp_locked=lock(secret, totp_seed.encode(), Purpose.TOTP, staff_id),
            totp_last_step=step,
            enrolled_at=clock.now(),
            invited_by_id=self.invited_by_id,
            belongs_to=list(self.belongs_to or ()),
        )
        try:
            await self._used_by(staff)
        except IntegrityError:  # somebody took the name between our look and our writing
            raise Invalid("enrol.login_taken") from None
        return staff

    async def _used_by(self, staff: Staff) -> None:
        async with transaction():
            if await Staff.exists(login=staff.login):
                raise Invalid("enrol.login_taken")
            if not await Invite.filter(id=self.id, expires_at__gt=clock.now()).delete():
                raise Invalid("enrol.invite_unknown")
            await staff.save(force_create=True)
            await Audit.record(Act.ENROLLED, unit_id=self.unit_id, actor_id=staff.id)


def _tag(code: str, index: bytes | None = None) -> bytes:
    return lookup_tag(index or house().keys.index, "invite", code)


def _checked(login: str, name: str, password: str, seed: str, code: str, at: datetime) -> int:
    """The step of the one-time code, once every field is in order."""
    if len(login) not in LOGIN_LENGTH or not login.isprintable() or " " in login:
        raise Invalid("enrol.login_bad")
    if len(name) not in NAME_LENGTH:
        raise Invalid("enrol.name_bad")
    if problem := passwords.password_problem(password, name=login):
        raise Invalid(problem)
    step = passwords.verify_totp(seed, code, at)
    if step is None:
        raise Invalid("enrol.code_wrong")
    return step
