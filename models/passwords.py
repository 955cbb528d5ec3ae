"""What members prove at the door: a password that also unlocks their key, and a code from their phone."""

import asyncio
import hmac
import os
import sys
import threading
import unicodedata
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Final

SALT_BYTES: Final = 16
SHORTEST: Final = 10
LONGEST: Final = 200

_KEY_BYTES: Final = 32
_TOTP_STEP_SECONDS: Final = 30
_TOTP_DIGITS: Final = 6
_LESS_URGENT: Final = 10
_FEW_SYMBOLS: Final = 4
# Ten characters or more, and still among the first that anyone tries here.
_COMMON: Final = frozenset(
    """
    0123456789 1234567890 12345678910 123456789a 1234567890a 0987654321 9876543210 1qaz2wsx3edc 1q2w3e4r5t
    1q2w3e4r5t6y q1w2e3r4t5 qwertyuiop qwer123456 qwerty12345 qwerty123456 asdfghjkl; zxcvbnm123 abcdefghij
    abcd123456 abc1234567 a123456789 a1234567890 aa12345678 aa123456789 password12 password123 password1234
    passw0rd123 p@ssw0rd123 p@ssword123 admin12345 admin123456 admin@12345 administrator root123456 woaini1314
    woaini5201314 woaini520520 woaizhongguo 5201314520 1314520520 iloveyou520 iloveyou123 13800138000
    qingfeng123 qingfengzhan jiwei12345 jiwei123456 lianzheng123 woaizuguo123 changeme123 welcome123
    """.split()  # noqa: SIM905 - fifty quoted words would be harder to read
)


@dataclass(frozen=True, slots=True)
class Argon2Params:
    """Cost of one password: memory in KiB, passes, lanes. Stored beside the salt, so that it may grow."""

    memory_kib: int
    passes: int
    lanes: int


DEFAULT: Final = Argon2Params(memory_kib=64 * 1024, passes=3, lanes=4)
"""RFC 9106's second recommended option: about 0.2 s and 64 MiB."""
CHEAP: Final = Argon2Params(memory_kib=64, passes=1, lanes=1)
"""For tests and the demo only."""


async def password_key(pepper: bytes, password: str, salt: bytes, params: Argon2Params = DEFAULT) -> bytes:
    """The secret under which a member's own key is locked: HMAC(pepper, Argon2id(password)).

    Computed in one of two threads of its own, whatever the number of loops and logins: a crowd at the
    door waits in line, while memory and everybody else's requests are spared.
    """
    return peppered(pepper, await stretched(password, salt, params))


async def stretched(password: str, salt: bytes, params: Argon2Params = DEFAULT) -> bytes:
    """The costly half of a password key, which every pepper shares."""
    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(_two_threads(), _argon2id, password, salt, params)


def peppered(pepper: bytes, stretched_password: bytes) -> bytes:
    """The password key under one pepper."""
    return hmac.digest(pepper, stretched_password, "sha256")


def new_salt() -> bytes:
    """16 random bytes, one for each member and each change of password."""
    return os.urandom(SALT_BYTES)


def password_problem(password: str, *, name: str = "") -> str | None:
    """The error key of what is wrong with a new password; None if it will do.

    Length and not being guessed first are what count (NIST SP 800-63B); no rules about digits or capitals.
    """
    folded = _normal(password).casefold()
    if len(folded) < SHORTEST:
        return "error.password_short"
    if len(password) > LONGEST:
        return "error.password_long"
    if folded in _COMMON or len(set(folded)) <= _FEW_SYMBOLS:
        return "error.password_common"
    if name and folded.strip("0123456789") == _normal(name).casefold():
        return "error.password_name"
    return None


def new_totp_seed() -> str:
    """160 random bits in base32, as authenticator apps take them (RFC 4226)."""
    import pyotp

    return pyotp.random_base32()


def totp_uri(seed: str, account: str, issuer: str) -> str:
    """What the enrolment QR code says."""
    import pyotp

    return pyotp.TOTP(seed).provisioning_uri(name=account, issuer_name=issuer)


def verify_totp(seed: str, code: str, now: datetime, last_used_step: int | None = None) -> int | None:
    """The 30-second step that `code` belongs to, to be stored as the last one used; None if it is wrong.

    One step early or late is forgiven. A step at or before the last used one is not: a code that somebody
    watched being typed is worth nothing (RFC 6238 §5.2).
    """
    import pyotp

    digits = "".join(unicodedata.normalize("NFKC", code).split())
    if len(digits) != _TOTP_DIGITS or not (digits.isascii() and digits.isdigit()):
        return None
    totp = pyotp.TOTP(seed, digits=_TOTP_DIGITS, interval=_TOTP_STEP_SECONDS)
    present = int(now.timestamp()) // _TOTP_STEP_SECONDS
    for step in (present - 1, present, present + 1):
        fresh = last_used_step is None or step > last_used_step
        if hmac.compare_digest(totp.generate_otp(step), digits) and fresh:
            return step
    return None


def _normal(password: str) -> str:
    # The same password typed on a phone with full-width letters, or with combining marks, is the same.
    return unicodedata.normalize("NFKC", password)


def _argon2id(password: str, salt: bytes, params: Argon2Params) -> bytes:
    from argon2.low_level import Type, hash_secret_raw

    return hash_secret_raw(
        _normal(password).encode("utf-8", "surrogatepass"),
        salt,
        time_cost=params.passes,
        memory_cost=params.memory_kib,
        parallelism=params.lanes,
        hash_len=_KEY_BYTES,
        type=Type.ID,
    )


@cache
def _two_threads() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max_workers=2, thread_name_prefix="argon2", initializer=_step_back)


def _step_back() -> None:
    """Eight people at the door must not keep a resident waiting: on Linux a thread can be less urgent alone."""
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _LESS_URGENT)
