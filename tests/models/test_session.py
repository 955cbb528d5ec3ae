"""The door: what is wrong is never told, strangers lock nobody out, and the cookie is the only key."""

import asyncio

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models import flood, passwords
from models.access import access_of
from models.audit import Act, Audit
from models.db import Database, transaction
from models.errors import DomainError, Invalid, NotFound, Throttled
from models.flood import Gate
from models.matter import Matter
from models.sealing import Refused
from models.session import LoggedIn, Session, log_in, log_out, opened
from models.staff import Staff
from tests.models.burglar import take
from tests.world import PASSWORD, World

NEW = "another long passphrase"


@pytest.fixture
def argon2_calls(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """The true function, counted, with what it costs."""
    calls: list[object] = []
    true = passwords._argon2id

    def counted(password: str, salt: bytes, params: passwords.Argon2Params) -> bytes:
        calls.append((len(salt), params))
        return true(password, salt, params)

    monkeypatch.setattr(passwords, "_argon2id", counted)
    return calls


async def refusal(login: str, password: str, code: str, mark: str = "") -> tuple[type[DomainError], str, str]:
    with pytest.raises(DomainError) as caught:
        await log_in(login=login, password=password, code=code, browser_mark=mark)
    return type(caught.value), caught.value.key, str(caught.value.params)


async def enter(world: World, login: str = "shouli", mark: str = "", password: str = PASSWORD) -> LoggedIn:
    return await log_in(login=login, password=password, code=world.fresh_code(login), browser_mark=mark)


async def test_every_wrong_combination_says_the_same_and_costs_the_same(
    world: World, argon2_calls: list[object]
) -> None:
    async with transaction():
        await Staff.filter(login="chengban").update(active=False)
    world.clock.forward(minutes=1)
    wrong = {
        "password": ("shouli", "wrong password!", world.code("shouli")),
        "code": ("shouli", PASSWORD, "000000"),
        "no code": ("shouli", PASSWORD, ""),
        "both": ("shouli", "wrong password!", "000000"),
        "nobody": ("nobody", PASSWORD, world.code("shouli")),
        "nothing": ("", "", ""),
        "inactive": ("chengban", PASSWORD, world.code("chengban")),
        "another's code": ("shouli", PASSWORD, world.code("shuji")),
    }
    costs = {}
    for name, given_ in wrong.items():
        argon2_calls.clear()
        lines = await Audit.filter(act=Act.LOGIN_REFUSED).count()
        assert await refusal(*given_) == (Invalid, "login.refused", "{}"), name
        costs[name] = (list(argon2_calls), await Audit.filter(act=Act.LOGIN_REFUSED).count() - lines)
    assert len({str(cost) for cost in costs.values()}) == 1, costs
    assert len(argon2_calls) == 1
    assert await Session.all().count() == 0


async def test_logins_are_forgiven_case_width_of_codes_and_blanks(world: World) -> None:
    world.clock.forward(minutes=1)
    wide = world.code("shouli").translate({ord("0") + n: ord("０") + n for n in range(10)})
    assert (await log_in(login="  SHOULI ", password=PASSWORD, code=f" {wide[:3]} {wide[3:]}")).staff.login == "shouli"


async def test_strangers_cannot_lock_a_known_browser_out(world: World) -> None:
    mark = (await enter(world)).browser_mark
    for _ in range(10):
        assert (await refusal("shouli", "guess after guess", "123456"))[0] is Invalid
    stranger = await refusal("shouli", PASSWORD, world.fresh_code("shouli"))
    assert stranger[0] is Throttled
    assert (await refusal("SHOULI ", PASSWORD, world.code("shouli")))[0] is Throttled
    assert (await enter(world, mark=mark)).cookie
    other = (await enter(world, "shuji")).browser_mark
    assert (await refusal("shouli", PASSWORD, world.fresh_code("shouli"), mark=other))[0] is Throttled
    assert (await enter(world, "shuji")).cookie


async def test_a_known_browser_is_slowed_as_well_and_a_success_clears_the_count(world: World) -> None:
    mark = (await enter(world)).browser_mark
    for _ in range(9):
        await refusal("shouli", "guess", "1", mark)
    await enter(world, mark=mark)
    for _ in range(10):
        assert (await refusal("shouli", "guess", "1", mark))[0] is Invalid
    assert (await refusal("shouli", "guess", "1", mark))[0] is Throttled


async def test_names_nobody_has_are_throttled_like_those_somebody_has(world: World) -> None:
    seen = {}
    for login in ("shouli", "nobody"):
        seen[login] = [await refusal(login, "guess", "1") for _ in range(12)]
    assert seen["shouli"] == seen["nobody"]


@pytest.mark.parametrize("mark", ["é", "\ud800", "没有", "a" * 100_000, "\0"])
async def test_a_browser_mark_of_any_shape_is_only_an_unknown_one(world: World, mark: str) -> None:
    world.clock.forward(minutes=1)
    assert (await refusal("shouli", "wrong", "1", mark))[0] is Invalid
    assert (await enter(world, mark=mark)).cookie


async def test_a_code_opens_one_session_only_one_after_the_other_or_side_by_side(world: World) -> None:
    world.clock.forward(minutes=1)
    code = world.code("shouli")
    await log_in(login="shouli", password=PASSWORD, code=code)
    assert await refusal("shouli", PASSWORD, code) == (Invalid, "login.refused", "{}")
    world.clock.forward(minutes=1)
    code = world.code("shouli")
    tries = [log_in(login="shouli", password=PASSWORD, code=code) for _ in range(5)]
    answers = await asyncio.gather(*tries, return_exceptions=True)
    assert sum(isinstance(answer, LoggedIn) for answer in answers) == 1
    assert all(isinstance(answer, (LoggedIn, Invalid)) for answer in answers)
    assert await Session.all().count() == 2
    assert await Audit.filter(act=Act.LOGGED_IN).count() == 2
    # Nor an older code of the same window after a newer one.
    world.clock.forward(minutes=5)
    older = world.code("shouli")
    await enter(world)
    assert (await refusal("shouli", PASSWORD, older))[0] is Invalid


async def test_a_session_ends_after_twenty_idle_minutes(world: World) -> None:
    cookie = (await enter(world)).cookie
    for _ in range(5):
        world.clock.forward(minutes=19, seconds=59)
        assert await opened(cookie)
    world.clock.forward(minutes=20)
    assert await opened(cookie) is None
    assert await Session.sweep() == 0  # not yet older than twenty minutes
    world.clock.forward(seconds=1)
    assert await Session.sweep() == 1


async def test_a_session_ends_after_ten_hours_however_busy(world: World) -> None:
    cookie = (await enter(world)).cookie
    for _ in range(59):
        world.clock.forward(minutes=10)
        assert await opened(cookie)
    world.clock.forward(minutes=9, seconds=59)
    assert await opened(cookie)
    world.clock.forward(seconds=1)
    assert await opened(cookie) is None
    world.clock.forward(seconds=1)
    assert await Session.sweep() == 1


async def test_a_cookie_of_any_shape_opens_nothing_but_its_own_session(world: World) -> None:
    cookie = (await enter(world)).cookie
    other = (await enter(world, "shuji")).cookie
    for bad in ("", "zz", cookie[:-2], cookie + "00", "00" * 32, cookie[:-1] + "g", "é", "没有", "\ud800", cookie[2:]):
        assert await opened(bad) is None
    session, foreign = await Session.get(staff__login="shouli"), await Session.get(staff__login="shuji")
    async with transaction():  # a row moved under another session's id
        await Session.filter(id=session.id).update(secret_locked=foreign.secret_locked)
    assert await opened(cookie) is None
    assert (found := await opened(other)) is not None
    assert found.actor.staff.login == "shuji"


async def test_the_cookies_secret_stands_nowhere_in_the_database(world: World, database: Database) -> None:
    logged_in = await enter(world)
    found = await opened(logged_in.cookie)
    assert found is not None
    stored = repr([row.columns for row in await take()])
    secret = bytes.fromhex(logged_in.cookie)
    for secret_text in (logged_in.cookie, repr(secret)[2:-1], found.csrf, logged_in.browser_mark):
        assert secret_text not in stored
    assert logged_in.cookie not in repr(logged_in)
    assert found.csrf not in repr(found)
    if database.path:
        assert secret not in database.path.read_bytes()


async def test_a_new_password_ends_other_sessions_and_still_opens_the_rings(world: World) -> None:
    filed = await world.file_tip()
    here, there = await enter(world), await enter(world)
    mine = await opened(here.cookie)
    assert mine is not None
    staff = await Staff.get(login="shouli")
    with pytest.raises(Refused):
        await staff.change_password(old="not it at all", new=NEW)
    with pytest.raises(Invalid):
        await staff.change_password(old=PASSWORD, new="short")
    assert await opened(there.cookie)
    await staff.change_password(old=PASSWORD, new=NEW, keep_session=mine.session_id)
    assert await opened(there.cookie) is None
    kept = await opened(here.cookie)
    assert kept is not None
    assert (await Matter.open(kept.actor, filed.tip_id)).narrative()
    assert (await refusal("shouli", PASSWORD, world.fresh_code("shouli")))[0] is Invalid
    fresh = await opened((await enter(world, password=NEW)).cookie)
    assert fresh is not None
    assert (await Matter.open(fresh.actor, filed.tip_id)).narrative()


async def test_whoever_leaves_has_no_access_on_the_next_request(world: World) -> None:
    filed = await world.file_tip()
    cookie = (await enter(world)).cookie
    held = await opened(cookie)
    assert held is not None
    assert await access_of(held.actor, filed.tip_id)
    async with transaction():
        await Staff.filter(login="shouli").update(active=False)
    assert await opened(cookie) is None
    assert (await refusal("shouli", PASSWORD, world.fresh_code("shouli")))[0] is Invalid
    # And should his request be under way: nobody inactive may anything.
    held.actor.staff.active = False
    with pytest.raises(NotFound):
        await Matter.open(held.actor, filed.tip_id)


async def test_logging_out_ends_this_session_only(world: World) -> None:
    one, other = (await enter(world)).cookie, (await enter(world)).cookie
    found = await opened(one)
    assert found is not None
    await log_out(found)
    assert await opened(one) is None
    assert await opened(other)


@settings(deadline=None, max_examples=50)
@given(steps=st.lists(st.tuples(st.integers(0, 400), st.sampled_from("ab")), max_size=60))
def test_a_gate_lets_at_most_so_many_in_within_its_time(steps: list[tuple[int, str]]) -> None:
    at = [0.0]
    gate = Gate(tries=10, seconds=600, message="x", clock=lambda: at[0])
    entered: dict[str, list[float]] = {"a": [], "b": []}
    for wait, who in steps:
        at[0] += wait
        recent = [moment for moment in entered[who] if moment > at[0] - 600]
        if len(recent) < 10:
            gate.enter(who)
            entered[who].append(at[0])
            continue
        with pytest.raises(Throttled) as caught:
            gate.enter(who)
        assert 1 <= caught.value.seconds <= 601
    assert not any(who.encode() in tag for who in entered for tag in gate._seen if len(tag) != 32)


def test_a_gate_forgets_the_longest_unused_first_and_does_not_grow() -> None:
    gate = Gate(tries=2, seconds=600, message="x")
    for n in range(flood.MOST_KEYS + 50):
        gate.enter(str(n))
    assert len(gate._seen) == flood.MOST_KEYS
