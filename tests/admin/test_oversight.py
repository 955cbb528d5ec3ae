"""The superior: knows what is late below, reads it with a reason and on record, and nobody else does."""

from uuid import UUID

import pytest
from tortoise.expressions import Q

from models.access import Access
from models.audit import Act, Audit
from models.event import Event, Happening
from models.matter import Matter
from models.oversight import Below, below, counts, escalate, give_reason
from models.policy import Action, may, overseen
from models.reading import Reading
from models.sealing import Purpose, unlock
from models.shred import shred
from models.terms import Concerns, RingPurpose, Role, TipStatus
from tests.admin.client import Desk, Page
from tests.models.burglar import take
from tests.models.staging import NAME, NOTE, STORY, SUMMARY, full_tip
from tests.world import World

WHY = "信访人来电催问，县里要了解。"


async def late(world: World, **rest: object) -> UUID:
    """Filed, and nobody did anything for a month."""
    tip_id = (await world.file_tip(STORY)).tip_id
    world.clock.forward(days=30)
    return tip_id


async def opened(desk: Desk, tip_id: UUID, *, reason: str = WHY) -> Page:
    asked = await desk.get(f"/oversight/{tip_id.hex}")
    return await desk.send(asked.form("/reading"), reason=reason)


async def test_overdue_matters_below_reach_the_superiors_today_and_stand_in_his_list(desk: Desk) -> None:
    tip_id = await late(desk.world)
    await desk.world.file_tip(village="上湾村")
    today = await desk.log_in("xianshuji")
    assert '<a href="/oversight"><b>1</b> 各镇超期' in today.html
    page = await desk.get("/oversight")
    for word in ("石桥镇纪委 <b>1</b>", "清水村", "补贴没到手", "超期"):
        assert word in page.html
    assert f"/oversight/{tip_id.hex}" in page.html
    assert "上湾村" not in page.html
    assert "上湾村" in (await desk.get("/oversight?pick=open")).html
    assert (await desk.get("/oversight?pick=nonsense")).status == 404
    assert (await desk.get("/oversight?after=nonsense")).status == 404


async def test_the_list_opens_nothing_and_tells_neither_story_nor_summary(desk: Desk) -> None:
    await full_tip(desk.world)
    await desk.log_in("xianshuji")
    before = {row.id: row.columns["secret"] for row in await take("access")}
    page = await desk.get("/oversight?pick=open")
    for hidden in (STORY, SUMMARY, NOTE, NAME):
        assert hidden not in page.html
    assert {row.id: row.columns["secret"] for row in await take("access")} == before
    assert not await Audit.exists(act=Act.OVERSEEN)


async def test_reading_takes_a_reason_that_is_kept_under_the_tips_key(desk: Desk) -> None:
    scene = await full_tip(desk.world)
    await desk.log_in("xianshuji")
    asked = await desk.get(f"/oversight/{scene.tip_id.hex}")
    assert "为什么要看" in asked.html
    assert STORY not in asked.html
    assert not await Audit.exists(act=Act.OVERSEEN)
    for bad in ("", "  ", "字" * 501):
        refused = await opened(desk, scene.tip_id, reason=bad)
        assert refused.status == 422
        assert STORY not in refused.html
    page = await opened(desk, scene.tip_id)
    for word in (STORY, SUMMARY, NOTE):
        assert word in page.html
    assert NAME not in page.html
    assert len(page.forms) == 2  # log-out and language: no act whatever
    [reading] = await Reading.all()
    assert unlock(scene.tip_secret, reading.reason, Purpose.REASON, reading.id).decode() == WHY
    entries = await Audit.filter(act=Act.OVERSEEN, object_id=scene.tip_id)
    assert {entry.actor_id for entry in entries} == {desk.world.staff["xianshuji"].id}
    assert {entry.seen_by_id for entry in entries} == {desk.world.units["云岭县"].id}
    assert WHY not in repr([row.columns for row in await take()])


async def test_the_reason_lasts_half_an_hour_and_only_for_who_gave_it(desk: Desk) -> None:
    world = desk.world
    await world.enrol("fuxian", unit="云岭县", role=Role.DEPUTY)
    await world.appoint("fuxian", by="xianshuji")
    scene = await full_tip(world)
    path = f"/oversight/{scene.tip_id.hex}"
    await desk.log_in("xianshuji")
    await opened(desk, scene.tip_id)
    assert STORY in (await desk.get(path)).html
    async with Desk.at(world) as other:
        await other.log_in("fuxian")
        assert STORY not in (await other.get(path)).html
    world.clock.forward(minutes=15)
    assert STORY in (await desk.get(path)).html
    world.clock.forward(minutes=15)
    assert STORY not in (await desk.get(path)).html


async def test_its_files_open_with_the_reason_and_not_without(desk: Desk) -> None:
    scene = await full_tip(desk.world)
    await desk.log_in("xianshuji")
    matter = await Matter.open(await desk.world.actor("shouli"), scene.tip_id)
    [file] = await matter.files()
    path = f"/oversight/{scene.tip_id.hex}/files/{file}"
    for end in ("", "/preview", "/play"):
        assert (await desk.get(path + end)).status == 403
    assert (await desk.get(f"/tips/{scene.tip_id.hex}/files/{file}")).status == 404
    assert path in (await opened(desk, scene.tip_id)).html
    saved = await desk.get(path)
    assert saved.status == 200
    assert "租约" in saved.html
    assert await Audit.exists(act=Act.FILE_READ, actor_id=desk.world.staff["xianshuji"].id)


async def test_what_is_overdue_escalates_once_is_told_to_both_and_asks_for_no_reason(desk: Desk) -> None:
    world = desk.world
    tip_id = await late(world)
    fresh = (await world.file_tip("刚交的", village="上湾村")).tip_id
    assert await escalate() == 1
    assert await escalate() == 0
    events = await Event.filter(tip_id=tip_id, happening=Happening.ESCALATED)
    assert {event.unit_id for event in events} == {world.units["云岭县"].id, world.units["石桥镇"].id}
    await desk.log_in("xianshuji")
    assert STORY in (await desk.get(f"/oversight/{tip_id.hex}")).html
    assert await Audit.exists(act=Act.OVERSEEN, object_id=tip_id)  # on record all the same
    assert "刚交的" not in (await desk.get(f"/oversight/{fresh.hex}")).html
    await desk.log_out()
    await desk.log_in("shouli")
    assert "已报给上级" in (await desk.get(f"/tips/{tip_id.hex}")).html


async def test_what_was_done_in_time_never_escalates(world: World) -> None:
    filed = await world.file_tip()
    matter = await Matter.open(await world.actor("shouli"), filed.tip_id)
    await matter.register()
    await matter.accept(summary="一句话")
    world.clock.forward(days=60)
    assert await escalate() == 0


@pytest.mark.parametrize("login", ["shuji", "liushuji", "xianban", "chengban", "baoguan", "anquan", "xitong", "shenji"])
async def test_nobody_without_the_superiors_ring_learns_anything(desk: Desk, login: str) -> None:
    tip_id = await late(desk.world)
    await escalate()
    today = await desk.log_in(login)
    assert "/oversight" not in today.html
    listed = await desk.get("/oversight")
    assert listed.status == 403 or tip_id.hex not in listed.html
    assert "清水村" not in listed.html
    token = (await desk.get("/account")).form("/logout").fields["token"]
    answers = [await desk.get(f"/oversight/{one}") for one in (tip_id.hex, "00" * 16)]
    answers += [
        await desk.post(f"/oversight/{one}/reading", {"token": token, "reason": WHY}) for one in (tip_id.hex, "00" * 16)
    ]
    answers += [await desk.get(f"/oversight/{one}/files/{'00' * 16}") for one in (tip_id.hex, "00" * 16)]
    assert {answer.status for answer in answers} <= {403, 404}
    assert answers[0].status == answers[1].status
    assert answers[2].status == answers[3].status
    assert answers[4].status == answers[5].status
    assert not await Reading.exists()
    assert not await Audit.exists(act=Act.OVERSEEN)


async def test_a_superior_reads_nothing_that_touches_him(desk: Desk) -> None:
    """No oversight row where the county is concerned: nothing to list, nothing to open."""
    world = desk.world
    own = (await world.file_tip(STORY, concerns=Concerns.TOWNSHIP)).tip_id  # the county handles it itself
    world.clock.forward(days=30)
    await desk.log_in("xianshuji")
    assert own.hex not in (await desk.get("/oversight")).html
    assert (await desk.get(f"/oversight/{own.hex}")).status == 404
    assert (await desk.get(f"/tips/{own.hex}")).status == 200


async def test_a_flood_alarms_no_superior(world: World) -> None:
    from models.terms import Channel
    from models.tip import Tip
    from tests.models.staging import telling

    await Tip.file(telling(world), channel=Channel.WEB, quarantined=True)
    world.clock.forward(days=30)
    assert await escalate() == 0
    assert (await counts(await world.actor("xianshuji")))[Below.OVERDUE] == 0


async def test_the_list_goes_on_where_the_last_page_ended(world: World) -> None:
    for _ in range(52):
        await world.file_tip()
    world.clock.forward(days=30)
    actor = await world.actor("xianshuji")
    first = await below(actor)
    second = await below(actor, after=first.after)
    assert (len(first.items), len(second.items), second.after) == (50, 2, None)
    assert len({item.tip_id for item in first.items + second.items}) == 52


async def test_sealed_upward_it_is_the_countys_own_and_overseen_by_nobody_here(desk: Desk) -> None:
    world = desk.world
    tip_id = await late(world)
    await escalate()
    await give_reason(await world.actor("xianshuji"), tip_id, WHY)
    await (await Matter.open(await world.actor("chengban"), tip_id)).seal_upward()
    await desk.log_in("xianshuji")
    assert tip_id.hex not in (await desk.get("/oversight")).html
    assert (await desk.get(f"/tips/{tip_id.hex}")).status == 200
    assert not await Event.exists(tip_id=tip_id, unit_id=world.units["石桥镇"].id)
    assert await shred([tip_id]) == 1
    assert not await Reading.exists()


async def test_may_and_the_overseen_rows_agree_for_every_role(world: World) -> None:
    for concerns in (Concerns.VILLAGE, Concerns.TOWNSHIP_HEADS):
        await world.file_tip(concerns=concerns)
    from models.actor import Actor
    from models.staff import Staff

    rows, seen = await Access.filter(~Q(purpose=RingPurpose.CUSTODY)), 0
    for role in Role:
        for unit in ("云岭县", "石桥镇"):
            actor = Actor(await world.enrol(f"{role}.{unit}", unit=unit, role=role), b"")
            listed = {row.id for row in await overseen(actor)}
            assert listed == {row.id for row in rows if may(actor, Action.OVERSEE, row)}
            assert listed == {row.id for row in rows if may(actor, Action.READ_OVERSEEN, row)}
            acts = {Action.ACCEPT, Action.REPLY, Action.NOTE, Action.READ_TIP, Action.SEAL_UPWARD, Action.CONCLUDE}
            for row in rows:
                for row.status in TipStatus:
                    assert row.purpose is RingPurpose.CASE or not any(may(actor, act, row) for act in acts)
            seen += len(listed)
    assert seen == 2
    assert await Staff.exists()
