"""Passwords and one-time codes."""

import asyncio
import json
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyotp
import pytest

from models import passwords
from models.passwords import CHEAP, DEFAULT, password_key, password_problem, verify_totp

PEPPER, SALT = bytes(range(32)), bytes(16)
NOON = datetime(2026, 11, 20, 4, 0, 5, tzinfo=UTC)


async def key(password: str, salt: bytes = SALT, pepper: bytes = PEPPER) -> bytes:
    return await password_key(pepper, password, salt, CHEAP)


async def test_password_salt_pepper_and_cost_all_make_the_key() -> None:
    other_cost = passwords.Argon2Params(memory_kib=64, passes=2, lanes=1)
    keys = {
        await key("correct horse"),
        await key("correct hors"),
        await key("correct horse", salt=bytes(15) + b"1"),
        await key("correct horse", pepper=bytes(32)),
        await password_key(PEPPER, "correct horse", SALT, other_cost),
    }
    assert len(keys) == 5
    assert await key("correct horse") in keys


async def test_a_password_typed_in_full_width_is_the_same_password() -> None:
    assert await key("ｃｏｒｒｅｃｔ　ｈｏｒｓｅ") == await key("correct horse")


def test_the_cost_in_use_is_that_of_rfc_9106() -> None:
    assert (DEFAULT.memory_kib, DEFAULT.passes, DEFAULT.lanes) == (65536, 3, 4)


def test_at_most_two_passwords_are_stretched_at_once_across_loops(monkeypatch: pytest.MonkeyPatch) -> None:
    guard, running, most = threading.Lock(), 0, 0

    def slow(*_: object) -> bytes:
        nonlocal running, most
        with guard:
            running += 1
            most = max(most, running)
        time.sleep(0.02)
        with guard:
            running -= 1
        return bytes(32)

    async def crowd() -> None:
        await asyncio.gather(*(key("x") for _ in range(5)))

    monkeypatch.setattr(passwords, "_argon2id", slow)
    loops = [threading.Thread(target=lambda: asyncio.run(crowd())) for _ in range(3)]
    for loop in loops:
        loop.start()
    for loop in loops:
        loop.join()
    assert most == 2


async def test_the_loop_goes_on_while_a_password_is_stretched() -> None:
    task = asyncio.create_task(password_key(PEPPER, "correct horse", SALT, DEFAULT))
    turns = 0
    while not task.done():
        await asyncio.sleep(0.001)
        turns += 1
    assert turns > 10


@pytest.mark.parametrize(
    ("password", "problem"),
    [
        ("short", "error.password_short"),
        ("九个字的口令不够长", "error.password_short"),
        ("十个字的口令刚好够长了", None),
        ("1234567890", "error.password_common"),
        ("１２３４５６７８９０", "error.password_common"),
        ("Password123", "error.password_common"),
        ("aaaabbbbccccdddd", "error.password_common"),
        ("x" * 150 + "abcdef" * 10, "error.password_long"),
        ("zhangjianguo88", "error.password_name"),
        ("three rivers meet", None),
    ],
)
def test_new_passwords_are_long_and_not_guessed_first(password: str, problem: str | None) -> None:
    assert password_problem(password, name="ZhangJianguo") == problem


def test_a_totp_code_works_once_and_one_step_early_or_late() -> None:
    seed = passwords.new_totp_seed()
    totp, step = pyotp.TOTP(seed), int(NOON.timestamp()) // 30
    for shift in (-1, 0, 1):
        assert verify_totp(seed, totp.generate_otp(step + shift), NOON) == step + shift
    for shift in (-2, 2):
        assert verify_totp(seed, totp.generate_otp(step + shift), NOON) is None
    code = totp.generate_otp(step)
    assert verify_totp(seed, code, NOON, last_used_step=step - 1) == step
    assert verify_totp(seed, code, NOON, last_used_step=step) is None
    assert verify_totp(seed, code, NOON + timedelta(seconds=29), last_used_step=step + 1) is None


def test_a_totp_code_may_be_typed_with_blanks_or_in_full_width() -> None:
    seed = passwords.new_totp_seed()
    code, step = pyotp.TOTP(seed).at(NOON), int(NOON.timestamp()) // 30
    wide = "".join(chr(ord(digit) + 0xFEE0) for digit in code)
    assert verify_totp(seed, f"{code[:3]} {code[3:]}", NOON) == verify_totp(seed, wide, NOON) == step


@pytest.mark.parametrize("code", ["", "12345", "1234567", "abcdef", "٣٣٣٣٣٣", "²³¹²³x", "-12345"])
def test_what_is_no_totp_code_is_refused_quietly(code: str) -> None:
    assert verify_totp(passwords.new_totp_seed(), code, NOON) is None


def test_the_enrolment_uri_names_account_and_issuer() -> None:
    seed = passwords.new_totp_seed()
    parsed = pyotp.parse_uri(passwords.totp_uri(seed, "li.mei", "清风站"))
    assert (parsed.secret, parsed.name, parsed.issuer) == (seed, "li.mei", "清风站")
    assert len(seed) == 32


def test_salts_are_16_random_bytes() -> None:
    assert len(passwords.new_salt()) == 16
    assert passwords.new_salt() != passwords.new_salt()


async def test_invariant_12_a_password_set_under_version_1_still_makes_its_key() -> None:
    answer = json.loads((Path(__file__).parent / "known_answers" / "password.json").read_text())
    made = await password_key(
        bytes.fromhex(answer["pepper"]), answer["password"], bytes.fromhex(answer["salt"]), DEFAULT
    )
    assert made.hex() == answer["key"]
