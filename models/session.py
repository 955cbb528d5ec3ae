"""Sessions: the cookie holds the key, the row holds the staff secret locked under it."""

import hmac
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from tortoise import fields
from tortoise.models import Model

from models import clock, flood, passwords
from models.actor import Actor
from models.audit import Act, Audit
from models.db import BytesField, UtcDatetimeField, transaction
from models.deputy import standing_in
from models.errors import Invalid
from models.house import house
from models.kept import marked
from models.sealing import Purpose, Refused, derive, lock, lookup_tag, new_secret, unlock
from models.staff import Staff
from models.text import clean
from models.unit import tree

IDLE = timedelta(minutes=20)
LONGEST = timedelta(hours=10)
TOUCH_EVERY = timedelta(minutes=1)


class Session(Model):
    """One log-in. Without the cookie nobody, the server included, can open `secret_locked`."""

    id = fields.UUIDField(primary_key=True)
    staff: fields.ForeignKeyRelation[Staff] = fields.ForeignKeyField("models.Staff", related_name="sessions")
    staff_id: UUID
    secret_locked = BytesField()
    seen_at = UtcDatetimeField()
    ends_at = UtcDatetimeField()

    class Meta:
        table = "session"
        indexes = (("staff_id",), ("seen_at",))

    @property
    def began_at(self) -> datetime:
        """When he logged in."""
        return self.ends_at - LONGEST

    @classmethod
    async def sweep(cls) -> int:
        """Forget what has run out. A job; it holds no key."""
        at = clock.now()
        async with transaction():
            idle = await cls.filter(seen_at__lt=at - IDLE).delete()
            return idle + await cls.filter(ends_at__lt=at).delete()


@dataclass(frozen=True, slots=True)
class Opened:
    """An open session in one request: who acts, and the token his forms must carry."""

    actor: Actor
    session_id: UUID
    csrf: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class LoggedIn:
    """The cookie's value, and the mark by which this browser is known next time."""

    cookie: str = field(repr=False)
    browser_mark: str = field(repr=False)
    staff: Staff


async def log_in(*, login: str, password: str, code: str, browser_mark: str = "") -> LoggedIn:
    """Password and one-time code in one form. Every refusal costs the same work and says the same.

    Strangers cannot lock a member out: tries from a browser that has logged in as him before count apart
    from tries of unknown browsers, and so does the line they wait in. Throttled says how long to wait; Invalid is
    any wrong combination.
    """
    login = clean(login).lower()
    known = is_known(login, browser_mark)
    with (flood.KNOWN if known else flood.STRANGERS).place():  # who found it full has not used up a try
        flood.LOGINS.enter("known" if known else "unknown", login)
        staff = await Staff.get_or_none(login=login, active=True)
        secret = await _staff_secret(staff, login, password)
    step = _step(staff, secret, code)
    if staff is None or secret is None or step is None:
        await _note_refusal(staff)
        raise Invalid("login.refused")
    flood.LOGINS.forget("known" if known else "unknown", login)
    return LoggedIn(await _begin(staff, secret, step), _browser_mark(login), staff)


def is_known(login: str, browser_mark: str) -> bool:
    """Whether somebody has logged in as this member in the browser that bears the mark."""
    return hmac.compare_digest(browser_mark.encode(errors="replace"), _browser_mark(login).encode())


async def opened(cookie: str) -> Opened | None:
    """The session behind a cookie, if it still lives; touches it at most once a minute."""
    try:
        session_secret = bytes.fromhex(cookie)
        session_id = UUID(bytes=derive(session_secret, "session id", 16))
    except ValueError:
        return None
    at = clock.now()
    session = await Session.get_or_none(
        id=session_id, seen_at__gt=at - IDLE, ends_at__gt=at, staff__active=True
    ).prefetch_related("staff__unit")
    if session is None:
        return None
    try:
        secret = unlock(session_secret, session.secret_locked, Purpose.SESSION, session_id)
    except Refused:
        return None
    if at - session.seen_at > TOUCH_EVERY:
        async with transaction():
            await Session.filter(id=session_id).update(seen_at=at)
    actor = Actor(session.staff, secret, await standing_in(session.staff_id))
    return Opened(actor, session_id, marked(derive(session_secret, "csrf").hex(), session.staff_id))


async def sessions_of(staff: Staff) -> list[Session]:
    """His open log-ins, the latest used first."""
    at = clock.now()
    living = Session.filter(staff_id=staff.id, seen_at__gt=at - IDLE, ends_at__gt=at)
    return list(await living.order_by("-seen_at"))


async def end_others(opened_session: Opened) -> int:
    """End every other session of the member; answers how many there were."""
    staff = opened_session.actor.staff
    async with transaction():
        ended = await Session.filter(staff_id=staff.id).exclude(id=opened_session.session_id).delete()
        await Audit.record(Act.SESSIONS_ENDED, unit_id=staff.unit_id, actor_id=staff.id, detail={"n": ended})
    return ended


async def log_out(opened_session: Opened) -> None:
    """End this session at once."""
    staff = opened_session.actor.staff
    async with transaction():
        await Session.filter(id=opened_session.session_id).delete()
        await Audit.record(Act.LOGGED_OUT, unit_id=staff.unit_id, actor_id=staff.id)


async def _begin(staff: Staff, secret: bytes, step: int) -> str:
    session_secret = new_secret()
    session_id = UUID(bytes=derive(session_secret, "session id", 16))
    at = clock.now()
    async with transaction():
        # The same one-time code may not open two sessions, even side by side.
        if not await Staff.filter(id=staff.id, totp_last_step__lt=step).update(totp_last_step=step):
            raise Invalid("login.refused")
        await Session.create(
            id=session_id,
            staff_id=staff.id,
            secret_locked=lock(session_secret, secret, Purpose.SESSION, session_id),
            seen_at=at,
            ends_at=at + LONGEST,
        )
        await Audit.record(Act.LOGGED_IN, unit_id=staff.unit_id, actor_id=staff.id)
    return session_secret.hex()


async def _note_refusal(staff: Staff | None) -> None:
    """Audit administrators see tries. One at an unknown name is the county's, without the name: the same work."""
    county = (await tree()).county()
    unit_id = staff.unit_id if staff else county.id if county else None
    if unit_id:
        async with transaction():
            await Audit.record(Act.LOGIN_REFUSED, unit_id=unit_id, actor_id=staff.id if staff else None)


async def _staff_secret(staff: Staff | None, login: str, password: str) -> bytes | None:
    if staff is None:
        # An unknown name costs the same Argon2 as a known one.
        salt = lookup_tag(house().keys.pepper, "no such login", login)[:16]
        await passwords.password_key(house().keys.pepper, password, salt, house().argon2)
        return None
    try:
        return await staff.open_secret(password)
    except Refused:
        return None


def _step(staff: Staff | None, secret: bytes | None, code: str) -> int | None:
    if staff is None or secret is None:
        return None
    seed = unlock(secret, staff.totp_locked, Purpose.TOTP, staff.id).decode()
    return passwords.verify_totp(seed, code, clock.now(), staff.totp_last_step)


def _browser_mark(login: str) -> str:
    return lookup_tag(house().keys.index, "browser", login).hex()
