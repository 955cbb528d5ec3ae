"""Liaison officers: appointed by those above them, known by their chat alone, and gone at once at the end."""

from uuid import UUID

import pytest

from models import clock
from models.audit import Act, Audit
from models.codes import Code
from models.contact import Contact
from models.db import transaction
from models.errors import Conflict, DomainError, Forbidden, Invalid, NotFound
from models.house import house
from models.keyfile import KeyFile
from models.officer import PAGE, Officer, OfficerChat, officers_under
from models.outbox import queued
from models.terms import Standing, UnitKind
from models.transit import adopt_base, drop_unnamed, relock_transit
from models.unit import Unit
from tests.models.staging import resident
from tests.models.test_keyfile_rotation import use
from tests.world import World

NAME = "陈联络"


async def appointed(world: World, village: str = "清水村", name: str = NAME, by: str = "shuji") -> tuple[Officer, str]:
    return await Officer.appoint(await world.actor(by), station_id=world.units[village].id, name=name)


async def enrolled(world: World, number: int = 1) -> tuple[Officer, Contact]:
    officer, code = await appointed(world, name=f"{NAME}{number}")
    contact, _ = await resident(number)
    await Officer.enrol(code, contact.id)
    return officer, contact


async def test_an_invitation_enrols_one_chat_once(world: World) -> None:
    officer, code = await appointed(world)
    (first, _), (second, _) = await resident(1), await resident(2)
    assert (await Officer.invited(f" {code.lower()} ")).station.name == "清水村"
    assert await Officer.of_contact(first.id) is None
    await Officer.enrol(code, first.id)
    known = await Officer.of_contact(first.id)
    assert known
    assert (known.id, known.name, known.station.name) == (officer.id, NAME, "清水村")
    for chat in (first, second):
        with pytest.raises(Invalid, match=r"officer\.invite_unknown"):
            await Officer.enrol(code, chat.id)
    assert await Officer.of_contact(second.id) is None
    acts = [line.act for line in await Audit.filter(object_id=officer.id).order_by("id")]
    assert acts == [Act.OFFICER_APPOINTED, Act.OFFICER_ENROLLED]


async def test_an_invitation_lapses_after_fourteen_days_and_can_be_given_again(world: World) -> None:
    officer, code = await appointed(world)
    contact, _ = await resident()
    world.clock.forward(days=14, minutes=1)
    with pytest.raises(Invalid, match=r"officer\.invite_unknown"):
        await Officer.enrol(code, contact.id)
    assert (await officers_under(await world.actor("shouli"))).items[0][1] is Standing.LAPSED
    again = await officer.invite_again(await world.actor("shouli"))
    newest = await officer.invite_again(await world.actor("shouli"))
    with pytest.raises(Invalid):
        await Officer.enrol(again, contact.id)
    await Officer.enrol(newest, contact.id)
    assert (await officers_under(await world.actor("shouli"))).items[0][1] is Standing.SERVING


async def test_a_new_phone_takes_over_and_the_old_one_is_told(world: World) -> None:
    officer, old = await enrolled(world, 1)
    new, _ = await resident(2)
    await Officer.enrol(await officer.invite_again(await world.actor("shuji")), new.id)
    assert await Officer.of_contact(old.id) is None
    found = await Officer.of_contact(new.id)
    assert found
    assert found.id == officer.id
    assert [(row.contact_id, row.say().key) for row in await queued()] == [(old.id, "officer.ended")]


async def test_one_chat_serves_one_office(world: World) -> None:
    _, contact = await enrolled(world)
    _, code = await appointed(world, "白杨村", "白联络")
    with pytest.raises(Conflict, match=r"officer\.chat_taken"):
        await Officer.enrol(code, contact.id)
    assert await Officer.invited(code)


async def test_at_the_end_the_link_is_gone_and_the_day_is_kept(world: World) -> None:
    officer, contact = await enrolled(world)
    await officer.end(await world.actor("shouli"))
    assert await Officer.of_contact(contact.id) is None
    assert not await OfficerChat.exists()
    assert [(row.contact_id, row.say().key) for row in await queued()] == [(contact.id, "officer.ended")]
    kept = await Officer.get(id=officer.id)
    assert (kept.ended_on, kept.name, kept.invite_tag) == (clock.today(), f"{NAME}1", None)
    for act in (kept.end, kept.invite_again):
        with pytest.raises(Conflict, match=r"officer\.has_ended"):
            await act(await world.actor("shuji"))
    late, code = await appointed(world)
    await late.end(await world.actor("shuji"))
    with pytest.raises(Invalid):
        await Officer.enrol(code, contact.id)


async def test_only_those_above_appoint_list_and_end(world: World) -> None:
    officer, _ = await appointed(world)
    for login in ("shuji", "fushuji", "shouli", "xianshuji", "xitong"):
        actor = await world.actor(login)
        assert [one.id for one, _ in (await officers_under(actor)).items] == [officer.id]
        await appointed(world, name=f"联络{login}", by=login)
        await (await Officer.get(name=f"联络{login}")).end(actor)
        async with transaction():
            await Officer.filter(name=f"联络{login}").delete()
    stranger = await world.actor("liushuji")
    assert (await officers_under(stranger)).items == []
    with pytest.raises(Invalid, match=r"officer\.station_unknown"):
        await appointed(world, name="外镇", by="liushuji")
    for hidden in (officer.end(stranger), officer.invite_again(stranger)):
        with pytest.raises(NotFound):
            await hidden
    with pytest.raises(NotFound):
        await officers_under(stranger, station_id=world.units["清水村"].id)
    for login in ("chengban", "baoguan", "anquan", "shenji", "xianban"):
        actor = await world.actor(login)
        for denied in (officers_under(actor), officer.end(actor), appointed(world, name="x", by=login)):
            with pytest.raises(Forbidden):
                await denied
    assert (await Officer.get(id=officer.id)).ended_on is None


@pytest.mark.parametrize(
    ("unit", "name", "key"),
    [
        ("石桥镇", "甲", "officer.station_unknown"),
        ("", "甲", "officer.station_unknown"),
        ("清水村", " ", "officer.name_bad"),
        ("清水村", "长" * 33, "officer.name_bad"),
        ("清水村", "白联络", "officer.serves_already"),
    ],
)
async def test_many_are_appointed_together_or_nobody(world: World, unit: str, name: str, key: str) -> None:
    village = world.units["清水村"].id
    actor = await world.actor("xitong")
    wrong = world.units[unit].id if unit else UUID(int=1)
    with pytest.raises(DomainError, match=key):
        await Officer.appoint_many(actor, [(village, "白联络"), (wrong, name)])
    assert not await Officer.exists()
    assert not await Audit.exists(act=Act.OFFICER_APPOINTED)


async def test_two_thousand_are_appointed_in_bulk_and_listed_page_by_page(world: World) -> None:
    """In bulk: a handful of statements, not thousands of round trips; pages neither repeat nor skip anybody."""
    actor, village = await world.actor("xitong"), world.units["清水村"].id
    station = await Unit.found(parent=world.units["清水村"], kind=UnitKind.STATION, name="清水村联络站")
    rows = [(village if number % 2 else station.id, f"联络{number}") for number in range(2_000)]
    made = await Officer.appoint_many(actor, rows)
    assert len({code for _, code in made}) == len({officer.id for officer, _ in made}) == 2_000
    assert (await Officer.invited(made[1_234][1])).name == "联络1234"
    assert await Audit.filter(act=Act.OFFICER_APPOINTED).count() == 2_000
    seen: list[tuple[str, str]] = []
    page = await officers_under(await world.actor("shuji"))
    while True:
        assert len(page.items) <= PAGE
        seen += [(one.station.name, one.name) for one, _ in page.items]
        if page.after is None:
            break
        page = await officers_under(await world.actor("shuji"), after=page.after)
    assert len(seen) == len(set(seen)) == 2_000


async def test_the_rows_alone_do_not_tell_which_chat_is_an_officers(world: World) -> None:
    """Whoever has the database and not the key file finds nothing shared by an officer's rows and a contact's."""
    _, contact = await enrolled(world, 1)
    await resident(2)
    link, officer = await OfficerChat.get(), await Officer.get()
    stored = [link.id.bytes, link.tag, link.contact_locked, officer.id.bytes, repr(vars(officer)).encode()]
    for row in stored:
        for mark in (contact.id.bytes, contact.tag, str(contact.id).encode(), contact.id.hex.encode()):
            assert mark not in row


async def test_an_officers_chat_is_not_forgotten_for_being_idle(world: World) -> None:
    _, contact = await enrolled(world)
    idle, _ = await resident(2)
    for _ in range(3):
        world.clock.forward(days=20)
        await Contact.forget_idle()
        assert await Officer.of_contact(contact.id)
        assert await Contact.exists(id=contact.id)
    assert not await Contact.exists(id=idle.id)


async def test_new_keys_keep_officers_enrolled_and_leave_nothing_to_the_old_ones(world: World) -> None:
    _, contact = await enrolled(world)
    _, code = await appointed(world, "白杨村", "白联络")
    keys: KeyFile = use(house().keys.with_new_transit().with_new_base())
    await adopt_base()
    assert await relock_transit()
    use(await drop_unnamed(keys))
    assert len(house().keys.transits) == 1
    assert await Officer.of_contact(contact.id)
    assert (await OfficerChat.get()).contact_id() == contact.id
    assert (await Officer.invited(code)).name == "白联络"


async def test_a_receipt_code_is_no_invitation_nor_the_other_way_round(world: World) -> None:
    _, code = await appointed(world)
    assert Code.parse(code) is None
    filed = await world.file_tip()
    with pytest.raises(Invalid):
        await Officer.invited(str(filed.code))
