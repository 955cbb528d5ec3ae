"""People act side by side: a key is never overwritten, a name never taken twice, and a crowd never computes at will."""

import asyncio
from typing import Any

import pyotp
import pytest

from models import flood, passwords
from models.actor import Actor
from models.errors import Conflict, DomainError, Invalid, Throttled
from models.flood import Line
from models.proposal import approve
from models.rescue import RescueCode, make_codes, renew_totp
from models.reset import propose_reset, renew
from models.session import LoggedIn, end_others, log_in, opened, sessions_of
from models.staff import Invite, Staff
from models.stepup import step_up
from models.terms import Role
from tests.world import PASSWORD, World

NEW, NEWER = "seven green parrots dance", "eight blue parrots dance"


async def reset_code(world: World, login: str) -> str:
    proposal = await propose_reset(await world.actor("shuji"), world.staff[login])
    admin = await world.actor("anquan")
    proof = await step_up(admin, password=PASSWORD, code=world.fresh_code("anquan"))
    code: str = await approve(admin, proposal.id, proof=proof)
    return code


def phone(world: World, login: str) -> dict[str, str]:
    seed = world.seeds[login] = passwords.new_totp_seed()
    world.clock.forward(seconds=30)
    return {"totp_seed": seed, "totp_code": pyotp.TOTP(seed).at(world.clock.at)}


async def test_a_password_changed_beside_a_reset_never_overwrites_the_new_key(world: World) -> None:
    stale = await Staff.get(login="chengban")  # his request began before the reset
    fresh = await renew(await reset_code(world, "chengban"), password=NEW, **phone(world, "chengban"))
    with pytest.raises(Conflict):
        await stale.change_password(old=PASSWORD, new=NEWER)
    stored = await Staff.get(login="chengban")
    assert stored.secret_locked == fresh.secret_locked
    assert Actor(stored, await stored.open_secret(NEW))


async def test_of_two_password_changes_at_once_one_holds(world: World) -> None:
    first, second = await Staff.get(login="chengban"), await Staff.get(login="chengban")
    done = await asyncio.gather(
        first.change_password(old=PASSWORD, new=NEW),
        second.change_password(old=PASSWORD, new=NEWER),
        return_exceptions=True,
    )
    assert sorted(type(one).__name__ for one in done) == ["Conflict", "NoneType"]
    won = NEW if done[0] is None else NEWER
    assert await (await Staff.get(login="chengban")).open_secret(won)


async def test_a_new_telephone_beside_a_new_key_is_refused_and_costs_no_code(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    stale = await Staff.get(login="chengban")
    await renew(await reset_code(world, "chengban"), password=NEW, **phone(world, "chengban"))
    [code, *_] = await make_codes(world.staff["chengban"])
    real = Staff.get_or_none

    def looked_up_before(**found_by: Any) -> Any:
        return _given(stale) if "login" in found_by else real(**found_by)

    async def _given(staff: Staff) -> Staff:
        return staff

    monkeypatch.setattr(Staff, "get_or_none", looked_up_before)
    seed = passwords.new_totp_seed()
    with pytest.raises(Invalid):
        await renew_totp(
            login="chengban", password=PASSWORD, rescue_code=code, totp_seed=seed,
            totp_code=pyotp.TOTP(seed).at(world.clock.at),
        )  # fmt: skip
    assert await RescueCode.filter(staff_id=stale.id).count() == 8


async def test_of_two_who_take_the_same_login_name_at_once_one_is_told_clearly(world: World) -> None:
    unit, seed = world.units["石桥镇"].id, passwords.new_totp_seed()
    codes = [await Invite.issue(unit_id=unit, role=Role.HANDLER, by=None) for _ in range(4)]
    invites = [await Invite.find(code) for code in codes]
    told = {"login": "sun", "name": "小孙", "password": PASSWORD, "totp_seed": seed}
    code = pyotp.TOTP(seed).at(world.clock.at)
    done = await asyncio.gather(*(one.enrol(**told, totp_code=code) for one in invites), return_exceptions=True)
    refused = [one for one in done if not isinstance(one, Staff)]
    assert len(refused) == 3
    assert {(type(one), getattr(one, "key", "")) for one in refused} == {(Invalid, "enrol.login_taken")}
    assert await Invite.filter(id__in=[one.id for one in invites]).count() == 3  # theirs are still good


async def test_a_crowd_of_names_waits_in_a_bounded_line_and_a_known_browser_passes_it(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    mark = (await log_in(login="shuji", password=PASSWORD, code=world.fresh_code("shuji"))).browser_mark
    monkeypatch.setattr(flood, "STRANGERS", Line(places=3))
    tries = [log_in(login=f"nobody{n}", password="guess", code="1") for n in range(20)]
    member = log_in(login="shuji", password=PASSWORD, code=world.fresh_code("shuji"), browser_mark=mark)
    *crowd, entered = await asyncio.gather(*tries, member, return_exceptions=True)
    assert isinstance(entered, LoggedIn)
    crowded = [one for one in crowd if isinstance(one, Throttled)]
    assert {one.key for one in crowded} == {"login.crowded"}
    assert {one.seconds for one in crowded} == {flood.MOMENT}
    assert len(crowded) == 17
    # Who was sent away has used up none of his tries, and comes in a moment later.
    for _ in range(12):
        await _sent_away()
    later = await log_in(login="shouli", password=PASSWORD, code=world.fresh_code("shouli"))
    assert later.cookie


async def _sent_away() -> None:
    full = [flood.STRANGERS.place() for _ in range(3)]
    for place in full:
        place.__enter__()
    with pytest.raises(DomainError) as told:
        await log_in(login="shouli", password="guess", code="1")
    assert told.value.key == "login.crowded"
    for place in full:
        place.__exit__(None, None, None)


async def test_a_member_ends_his_other_sessions_and_keeps_this_one(world: World) -> None:
    cookies = [
        (await log_in(login="shuji", password=PASSWORD, code=world.fresh_code("shuji"))).cookie for _ in range(3)
    ]
    other = await log_in(login="shouli", password=PASSWORD, code=world.fresh_code("shouli"))
    here = await opened(cookies[1])
    assert here is not None
    assert len(await sessions_of(here.actor.staff)) == 3
    assert await end_others(here) == 2
    assert [one.id for one in await sessions_of(here.actor.staff)] == [here.session_id]
    assert await opened(cookies[0]) is None
    assert await opened(cookies[1])
    assert await opened(other.cookie)
