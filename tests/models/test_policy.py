"""One table says who may do what. Nothing is allowed that it does not name."""

import importlib
import inspect
from enum import StrEnum
from typing import Any, cast

import pytest
from tortoise.models import Model

from locales import catalog
from models.access import Access
from models.actor import Actor
from models.attachment import Attachment
from models.audit import Act, Audit
from models.contact import Contact
from models.db import transaction
from models.errors import Forbidden, NotFound
from models.event import Event
from models.house import house
from models.matter import Matter
from models.message import Message
from models.policy import CASEWORK, ROLES, STATES, Action, may, require, scope
from models.ring import Grant, Ring
from models.session import Session
from models.staff import Staff
from models.terms import ADMINISTRATORS, Concerns, Mode, RingPurpose, Role, TipStatus
from models.tip import Tip
from models.unit import Unit
from tests.world import PEOPLE, World

LISTING: dict[type[Model], Action] = {
    Access: Action.LIST_TIPS,
    Audit: Action.READ_AUDIT,
    Staff: Action.LIST_STAFF,
}
"""What `scope` lists, and the action of `may` that it must agree with."""


async def everybody(world: World) -> list[Actor]:
    """An actor for every role at the county and at a township, keys or not; and one who has left."""
    for role in Role:
        for unit in ("云岭县", "石桥镇"):
            await world.enrol(f"{role}.{'xian' if unit == '云岭县' else 'zhen'}", unit=unit, role=role)
    await world.enrol("gone", unit="石桥镇", role=Role.SECRETARY)
    async with transaction():
        await Staff.filter(login="gone").update(active=False)
    return [Actor(staff, b"") for staff in await Staff.all()]


async def some_rows(world: World) -> None:
    for village, concerns in (
        ("清水村", Concerns.VILLAGE),
        ("清水村", Concerns.TOWNSHIP_HEADS),
        ("上湾村", Concerns.VILLAGE),
    ):
        filed = await world.file_tip(village=village, concerns=concerns)
        async with transaction():
            rows = await Access.filter(tip_id=filed.tip_id)
            await Audit.record(Act.TIP_READ, unit_id=rows[0].unit_id, actor_id=None, object_id=filed.tip_id)


async def test_may_and_scope_agree_for_every_role_and_row(world: World) -> None:
    await some_rows(world)
    actors = await everybody(world)
    for model, action in LISTING.items():
        rows = cast("list[Any]", await model.all())
        assert len(rows) > 3
        seen = 0
        for actor in actors:
            listed = {row.pk for row in await scope(actor, model)}
            allowed = {row.pk for row in rows if may(actor, action, row)}
            assert listed == allowed, (actor.staff.login, model)
            seen += len(listed)
        assert seen


async def test_scope_lists_nothing_of_a_kind_without_a_rule(world: World) -> None:
    await some_rows(world)
    for login in PEOPLE:
        actor = await world.actor(login)
        for model in (Tip, Message, Event, Ring, Grant, Unit, Session, Contact, Attachment):
            assert await scope(actor, model) == []
            assert not any(may(actor, action, model()) for action in Action)


async def test_what_a_role_may_do_to_a_row_is_what_the_table_says_and_no_more(world: World) -> None:
    """The whole matrix once more, worked out from the brief in words: own unit, case row, open status."""
    await some_rows(world)
    desk = {Role.REGISTRAR, Role.HANDLER, Role.DEPUTY, Role.SECRETARY, Role.COUNTY_REVIEWER}
    works = {
        Action.LIST_TIPS, Action.READ_TIP, Action.READ_FILE, Action.REGISTER, Action.CLAIM, Action.SUMMARISE,
        Action.ACCEPT, Action.MARK_OUT_OF_SCOPE, Action.CONCLUDE, Action.REPLY, Action.NOTE, Action.RECALL,
        Action.SEAL_UPWARD,
    }  # fmt: skip
    finished = {Action.CLAIM, Action.SEAL_UPWARD, Action.REGISTER, Action.ACCEPT, Action.MARK_OUT_OF_SCOPE}
    actors, rows = await everybody(world), await Access.all()
    for actor in actors:
        for row in rows:
            for status in TipStatus:
                row.status = status
                mine = row.unit_id == actor.unit_id and row.purpose is RingPurpose.CASE and actor.staff.active
                for action in works:
                    expected = mine and actor.role in desk
                    if action in finished and status in {TipStatus.CONCLUDED, TipStatus.OUT_OF_SCOPE}:
                        expected = False
                    if action is Action.REGISTER and status is not TipStatus.RECEIVED:
                        expected = False
                    if action in {Action.ACCEPT, Action.MARK_OUT_OF_SCOPE} and status is TipStatus.ACCEPTED:
                        expected = False
                    if action is Action.CONCLUDE and status is not TipStatus.ACCEPTED:
                        expected = False
                    assert may(actor, action, row) is expected, (actor.staff.login, action, status)


async def test_administrators_may_nothing_that_touches_content(world: World) -> None:
    await some_rows(world)
    rows = await Access.all()
    content = {action for action, roles in ROLES.items() if not roles <= ADMINISTRATORS} - {Action.LIST_STAFF}
    assert len(content) > 10
    for actor in await everybody(world):
        if actor.role in ADMINISTRATORS | {Role.CUSTODIAN, Role.ZONE_HEAD}:
            assert not await scope(actor, Access)
            assert not any(may(actor, action, row) for action in Action for row in rows if action in content)


async def test_unknown_roles_actions_and_things_are_denied(world: World) -> None:
    await some_rows(world)
    row = (await Access.filter(unit_id=world.units["石桥镇"].id))[0]
    actor = await world.actor("shuji")
    assert may(actor, Action.READ_TIP, row)
    assert not may(actor, cast("Action", "read_everything"), row)
    assert not may(actor, cast("Action", "read_everything"))
    assert not may(actor, Action.READ_TIP, object())
    assert not may(actor, Action.READ_TIP, await Tip.get(id=row.tip_id))
    assert not may(actor, Action.READ_TIP, row.tip_id)
    actor.staff.role = cast("Role", "emperor")
    assert not any(may(actor, action, thing) for action in Action for thing in (None, row, actor.staff))
    assert await scope(actor, Access) == []


def test_every_action_has_its_roles_and_no_state_is_given_for_a_stranger() -> None:
    assert set(ROLES) == set(Action)
    assert set(STATES) <= set(Action)
    assert all(ROLES.values())


async def test_require_hides_what_the_actor_may_not_list_and_forbids_what_he_may_not_do(world: World) -> None:
    filed = await world.file_tip()
    row = await Access.get(tip_id=filed.tip_id, purpose=RingPurpose.CASE)
    for login in ("xianban", "liuban", "baoguan", "shenji"):
        with pytest.raises(NotFound):
            require(await world.actor(login), Action.NOTE, row)
    row.status = TipStatus.CONCLUDED
    with pytest.raises(Forbidden):
        require(await world.actor("shouli"), Action.ACCEPT, row)


async def test_front_door_stops_at_registration(world: World) -> None:
    filed = await world.file_tip()
    object.__setattr__(house(), "mode", Mode.FRONT_DOOR)
    matter = await Matter.open(await world.actor("shouli"), filed.tip_id)
    await matter.register(official_no="滇云1号")
    for act in (
        matter.accept(summary="摘要"),
        matter.claim(),
        matter.conclude(answer="答复"),
        matter.accept(summary="摘要", assignee_id=matter.actor.id),
    ):
        with pytest.raises(Forbidden):
            await act
    assert (await Tip.get(id=filed.tip_id)).status is TipStatus.SCREENING
    assert not (await Access.get(tip_id=filed.tip_id, purpose=RingPurpose.CASE)).assignee_id
    for action in CASEWORK:
        assert not any(may(Actor(staff, b""), action, mode=Mode.FRONT_DOOR) for staff in await Staff.all())


@pytest.mark.parametrize(
    "module", ["terms", "event", "audit", "deadline", "attachment"], ids=lambda module: f"models.{module}"
)
def test_every_word_of_the_domain_stands_in_the_catalog(module: str) -> None:
    found = importlib.import_module(f"models.{module}")
    enums = [
        enum
        for _, enum in inspect.getmembers(found, inspect.isclass)
        if issubclass(enum, StrEnum) and enum.__module__ == found.__name__
    ]
    assert enums
    words = catalog("zh_CN")
    missing = [
        f"term.{enum.__name__}.{member.value}"
        for enum in enums
        for member in enum
        if not any(words.get(f"term.{enum.__name__}.{member.value}", ("",)))
    ]
    assert missing == []
