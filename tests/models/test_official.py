"""The register of people in office: personal invitations, one chat a person, and a link that ends with the post."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from models import clock
from models.contact import Contact
from models.db import transaction
from models.errors import Conflict, Forbidden, Invalid, NotFound
from models.house import enter, house
from models.keyfile import KeyFile
from models.official import INVITE_LIFE, Official, Reached, keep_reached, officials_under
from models.outbox import Outbox
from models.subscription import Subscription
from models.terms import Category
from models.transit import adopt_base, relock_transit
from tests.models.outreach import official, person
from tests.models.overtaking import overtaken_anywhere
from tests.world import World

ONE: dict[str, Any] = {"name": "周会计", "post": "村会计", "category": Category.GRASSROOTS}


async def test_an_invitation_serves_one_person_once(world: World) -> None:
    actor = await world.actor("shouli")
    one, code = await Official.add(actor, unit_id=world.units["清水村"].id, **ONE, tags=("村会计 ", "村会计", "财务"))
    first, second = await person(1), await person(2)
    assert code not in repr(vars(one))
    await Official.enrol(code.lower().replace("-", " "), first.id)
    with pytest.raises(Invalid, match="invite_unknown"):
        await Official.enrol(code, second.id)
    link = await Reached.get()
    assert link.contact_id() == first.id
    assert (await Official.get(id=one.id)).reached_id == link.id
    assert sorted([tag.tag for tag in await one.tags.all()]) == ["村会计", "财务"]


async def test_an_invitation_ends_by_time_and_by_a_newer_one(world: World) -> None:
    actor = await world.actor("shouli")
    one, code = await Official.add(actor, unit_id=world.units["清水村"].id, **ONE)
    newer = await one.invite_again(actor)
    with pytest.raises(Invalid):
        await Official.invited(code)
    world.clock.forward(days=INVITE_LIFE.days)
    with pytest.raises(Invalid):
        await Official.enrol(newer, (await person(1)).id)
    assert not await Reached.exists()


async def test_the_link_to_the_chat_ends_with_the_last_post_and_the_chat_is_told(world: World) -> None:
    actor = await world.actor("xianban")
    first, contact = await official(world, 1)
    second, _ = await official(world, 2, post="村主任", contact=contact)
    assert await Reached.all().count() == 1
    await first.end(actor)
    assert await Reached.exists()
    await (await Official.get(id=second.id)).end(actor)
    assert not await Reached.exists()
    said = [row.say() for row in await Outbox.filter(contact_id=contact.id)]
    assert [say.key for say in said] == ["official.ended"] * 2
    with pytest.raises(Conflict):
        await first.end(actor)
    with pytest.raises(Conflict):
        await first.invite_again(actor)


async def test_he_leaves_with_one_word_and_can_be_invited_again(world: World) -> None:
    one, contact = await official(world, 1)
    assert await Official.leave(contact.id) == 1
    assert await Official.leave(contact.id) == 0
    one = await Official.get(id=one.id)
    assert one.reached_id is None
    assert one.ended_on is None
    await Official.enrol(await one.invite_again(await world.actor("xianban")), contact.id)
    assert await Reached.exists()


async def test_a_newer_chat_takes_over_from_the_one_before(world: World) -> None:
    one, former = await official(world, 1)
    newer = await person(2)
    await Official.enrol(await one.invite_again(await world.actor("xianban")), newer.id)
    [link] = await Reached.all()
    assert link.contact_id() == newer.id
    assert [row.say().key for row in await Outbox.filter(contact_id=former.id)] == ["official.ended"]


async def test_an_office_looks_after_its_own_people_only(world: World) -> None:
    one, _ = await official(world, 1, unit="上湾村")
    stranger = await world.actor("shouli")
    with pytest.raises(NotFound):
        await Official.of(stranger, one.id)
    with pytest.raises(NotFound):
        await officials_under(stranger, unit_id=world.units["上湾村"].id)
    with pytest.raises(Invalid):
        await Official.add(stranger, unit_id=world.units["上湾村"].id, **ONE)
    for login in ("xitong", "anquan", "shenji", "baoguan"):
        with pytest.raises(Forbidden):
            await officials_under(await world.actor(login))
    assert [found.id for found in (await officials_under(await world.actor("liuban"))).items] == [one.id]


async def test_bad_entries_are_refused_and_nothing_is_stored(world: World) -> None:
    actor, unit = await world.actor("shouli"), world.units["清水村"].id
    wrongs: tuple[dict[str, Any], ...] = (
        {"name": " "},
        {"name": "长" * 33},
        {"post": "\x00"},
        {"tags": ["签" * 25]},
        {"tags": list("abcdefghijklm")},
    )
    for wrong in wrongs:
        with pytest.raises(Invalid):
            await Official.add(actor, unit_id=unit, **{**ONE, **wrong})
    await Official.add(actor, unit_id=unit, **ONE)
    with pytest.raises(Invalid, match="entered_already"):
        await Official.add(actor, unit_id=unit, **ONE)
    assert await Official.all().count() == 1


async def test_the_list_goes_on_where_the_page_ended(world: World) -> None:
    actor, seen, after = await world.actor("xianban"), [], None
    made = [await official(world, n, unit=("清水村", "上湾村")[n % 2]) for n in range(60)]
    while True:
        page = await officials_under(actor, after=after)
        seen += [one.id for one in page.items]
        after = page.after
        if after is None:
            break
    assert sorted(seen) == sorted(one.id for one, _ in made)
    assert len(seen) == len(set(seen))


async def test_their_contacts_are_not_forgotten_for_being_idle(world: World) -> None:
    _, contact = await official(world, 1)
    other = await person(2)
    for _ in range(4):
        world.clock.forward(days=11)
        await keep_reached()
        await Contact.forget_idle()
    assert await Contact.exists(id=contact.id)
    assert not await Contact.exists(id=other.id)


async def test_after_a_long_downtime_they_are_kept_before_the_idle_are_forgotten(world: World) -> None:
    _, contact = await official(world, 1)
    world.clock.forward(days=90)
    await Contact.forget_idle()
    assert await Contact.exists(id=contact.id)
    assert (await Reached.get()).kept_on == clock.today()


async def test_a_link_whose_key_is_gone_silences_nobody_else(world: World) -> None:
    await official(world, 1)
    async with transaction():
        await Reached.all().update(contact_locked=b"\x01" * 90, kept_on=clock.today() - timedelta(days=20))
    _, second = await official(world, 2)
    world.clock.forward(days=90)
    await Contact.forget_idle()
    assert await Contact.exists(id=second.id)


async def test_links_survive_a_new_transit_and_a_new_base_secret(world: World) -> None:
    one, contact = await official(world, 1)
    _, code = await Official.add(await world.actor("shouli"), unit_id=world.units["清水村"].id, **ONE)
    for renew in (KeyFile.with_new_transit, KeyFile.with_new_base):
        enter(replace(house(), keys=renew(house().keys)))
        await relock_transit()
        await adopt_base()
        link = await Reached.by_contact(contact.id)
        assert link is not None
        assert (link.id, link.contact_id()) == (one.reached_id, contact.id)
    assert (await Official.invited(code)).name == ONE["name"]


async def test_of_a_post_and_a_subscription_that_end_at_once_the_last_takes_the_link_along(world: World) -> None:
    number = 0

    async def scene() -> tuple[Any, Any]:
        nonlocal number
        number += 1
        _, contact = await official(world, number)
        await Subscription.take(contact.id, world.units["清水村"].id)
        return Subscription.end(contact.id), Official.leave(contact.id)

    async def check() -> None:
        assert not await Reached.exists()

    await overtaken_anywhere(scene, check)
