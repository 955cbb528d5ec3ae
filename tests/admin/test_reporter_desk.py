"""What reporters say later, as the desk meets it: objections, news, fear; and forms that are sent twice."""

import asyncio
import re
from uuid import UUID

from models import protection
from models.access import Access
from models.audit import Act, Audit
from models.db import transaction
from models.event import Event, Happening
from models.matter import Matter
from models.message import Message
from models.terms import RingPurpose, Side, TipStatus, Verdict
from models.thread import Thread
from models.tip import Tip
from tests.admin.client import Desk
from tests.models.test_thread import words
from tests.world import World


async def ended(world: World, verdict: Verdict | None = None, said: str = "没有补发。") -> tuple[UUID, str]:
    """A matter that was concluded, and perhaps what its reporter says of that."""
    filed = await world.file_tip()
    matter = await Matter.open(await world.actor("shouli"), filed.tip_id)
    await matter.accept(summary="补贴")
    await matter.conclude(answer="已补发。")
    world.clock.forward(minutes=1)
    if verdict:
        thread = await Thread.open(str(filed.code), who="reporter")
        await thread.add(words(said), verdict=verdict)
    return filed.tip_id, f"/tips/{filed.tip_id.hex}"


async def test_an_objection_stands_in_the_list_with_its_days_and_is_answered_on_its_page(desk: Desk) -> None:
    tip_id, path = await ended(desk.world, Verdict.OBJECTED)
    await desk.log_in("shouli")
    listed = await desk.get("/tips?pick=objected")
    assert listed.html.count("<tr class=") == 1
    for word in ("不认可答复", "剩 15 个工作日"):
        assert word in listed.html
    page = await desk.get(path)
    for word in ("反映人不认可，请再答复一次", "对不认可的再答复", "没有补发。", "反映人不认可答复"):
        assert word in page.html
    done = await desk.send(page.form("/objection-answer"), answer="九月三日已到账。")
    assert "已答复，30秒内可以撤回" in done.html
    assert not done.has_form("/objection-answer")
    assert (await Tip.get(id=tip_id)).rests
    assert (await desk.get("/tips?pick=objected")).html.count("<tr class=") == 0


async def test_an_objection_that_is_right_is_taken_up_again(desk: Desk) -> None:
    tip_id, path = await ended(desk.world, Verdict.OBJECTED)
    await desk.log_in("shouli")
    form = (await desk.get(path)).form("/objection-answer")
    form.action = f"{path}/renewal"  # the second button of the same form
    page = await desk.send(form, answer="您说得对，我们重新查。")
    assert "已重新办理" in page.html
    assert page.has_form("/conclusion")
    assert (await Tip.get(id=tip_id)).status is TipStatus.ACCEPTED


async def test_news_of_an_ended_matter_are_flagged_and_it_can_be_taken_up_again(desk: Desk) -> None:
    _, path = await ended(desk.world, Verdict.NEWS, "又来了一笔。")
    await desk.log_in("shouli")
    assert (await desk.get("/tips?pick=news")).html.count("<tr class=") == 1
    page = await desk.get(path)
    assert "反映人提出了新情况" in page.html
    await desk.send(page.form("/renewal"), answer="重新看。")
    assert (await desk.get("/tips?pick=news")).html.count("<tr class=") == 0


async def test_only_the_secretary_sees_that_protection_is_asked_for(desk: Desk) -> None:
    world = desk.world
    filed = await world.file_tip()
    await protection.ask(await Thread.open(str(filed.code), who="reporter"), "他说要砸我家的门。")
    path = f"/tips/{filed.tip_id.hex}"
    [row] = await protection.Protection.all()
    for login in ("shouli", "chengban", "fushuji"):
        await desk.log_in(login)
        for address in ("/", "/tips", path):
            page = await desk.get(address)
            assert page.status == 200
            assert "保护" not in page.html, (login, address)
        for address in ("/protections", f"/protections/{row.id.hex}"):
            assert (await desk.get(address)).status == 403
        await desk.log_out()
    await desk.log_in("liushuji")
    assert row.id.hex not in (await desk.get("/protections")).html
    assert (await desk.get(f"/protections/{row.id.hex}")).status == 404
    await desk.log_out()
    await desk.log_in("shuji")
    assert "反映人申请保护，等您答复" in (await desk.get(path)).html
    listed = await desk.get("/protections")
    assert "砸我家" not in listed.html
    page = await desk.get(f"/protections/{row.id.hex}")
    assert "他说要砸我家的门。" in page.html
    assert await Audit.filter(act=Act.PROTECTION_READ).count() == 1
    refused = await desk.send(page.form("/answer"), words=" ")
    assert refused.status == 422
    done = await desk.send(page.form("/answer"), words="派出所已知道。")
    assert "没有等答复的保护请求" in done.html
    again = await desk.send(page.form("/answer"), words="派出所已知道。")
    assert again.status == 200  # a double click
    another = await desk.send(page.form("/answer"), words="换一句。")
    assert another.status == 409
    assert "换一句。" in another.html


async def test_the_county_answers_a_request_without_reading_the_story(desk: Desk) -> None:
    filed = await desk.world.file_tip("原话里有秘密。")
    await protection.ask(await Thread.open(str(filed.code), who="reporter"), "怕。")
    [row] = await protection.Protection.all()
    await desk.log_in("xianshuji")
    assert "监督" in (await desk.get("/protections")).html
    page = await desk.get(f"/protections/{row.id.hex}")
    assert "怕。" in page.html
    assert "原话里有秘密" not in page.html
    assert f"/tips/{filed.tip_id.hex}" not in page.html
    await desk.send(page.form("/answer"), words="县里已安排。")
    assert not await Access.filter(afraid=True).exists()


async def test_each_written_form_sent_twice_is_taken_once(desk: Desk) -> None:
    tip_id, path = await ended(desk.world)
    await desk.log_in("shouli")
    page = await desk.get(path)
    for action, said in (("/replies", "同一句话"), ("/notes", "同一笔")):
        form = page.form(action)
        first = await desk.send(form, words=said)
        second = await desk.send(form, words=said)
        assert (first.status, second.status) == (200, 200)
        assert second.html.count(f'<p class="said">{said}</p>') == 1
    assert await Message.filter(tip_id=tip_id, side=Side.NOTE).count() == 1
    assert await Event.filter(tip_id=tip_id, happening=Happening.REPLIED).count() == 1


async def test_conclusion_and_guidance_sent_twice_are_said_once_and_show_the_same_page(desk: Desk) -> None:
    world = desk.world
    await desk.log_in("shouli")
    for action, ready, field in (("/conclusion", True, "answer"), ("/out-of-scope", False, "guidance")):
        filed = await world.file_tip()
        if ready:
            await (await Matter.open(await world.actor("shouli"), filed.tip_id)).accept(summary="补贴")
        form = (await desk.get(f"/tips/{filed.tip_id.hex}")).form(action)
        pages = [await desk.send(form, **{field: "说一次就够"}) for _ in range(2)]
        assert [page.status for page in pages] == [200, 200]
        assert pages[0].path == pages[1].path
        assert await Message.filter(tip_id=filed.tip_id).count() == 1


async def test_side_by_side_too(desk: Desk) -> None:
    filed = await desk.world.file_tip()
    await desk.log_in("shouli")
    form = (await desk.get(f"/tips/{filed.tip_id.hex}")).form("/replies")
    pages = await asyncio.gather(*(desk.send(form, words="同一句话") for _ in range(3)))
    assert {page.status for page in pages} == {200}
    assert await Message.filter(tip_id=filed.tip_id).count() == 1


async def test_the_same_words_from_a_new_page_are_meant_again(desk: Desk) -> None:
    filed = await desk.world.file_tip()
    await desk.log_in("shouli")
    for _ in range(2):
        await desk.send((await desk.get(f"/tips/{filed.tip_id.hex}")).form("/notes"), words="又看了一遍")
    assert await Message.filter(tip_id=filed.tip_id).count() == 2


async def test_a_matter_in_other_hands_by_now_is_not_taken_from_them_unseen(desk: Desk) -> None:
    world = desk.world
    filed = await world.file_tip()
    await desk.log_in("shouli")
    stale = (await desk.get(f"/tips/{filed.tip_id.hex}")).form("/claim")
    await (await Matter.open(await world.actor("chengban"), filed.tip_id)).claim()
    page = await desk.send(stale, assignee=world.staff["shouli"].id.hex)
    assert page.status == 409
    assert "刚才有人改了承办人" in page.html
    row = await Access.get(tip_id=filed.tip_id, purpose=RingPurpose.CASE)
    assert row.assignee_id == world.staff["chengban"].id
    await desk.send(page.form("/claim"), assignee=world.staff["shouli"].id.hex)  # seen, and decided
    row = await Access.get(tip_id=filed.tip_id, purpose=RingPurpose.CASE)
    assert row.assignee_id == world.staff["shouli"].id


async def test_a_thousand_lines_are_opened_fifty_at_a_time(desk: Desk) -> None:
    filed = await desk.world.file_tip()
    matter = await Matter.open(await desk.world.actor("shouli"), filed.tip_id)
    for number in range(120):
        await matter.note(f"第{number:03}笔")
    await desk.log_in("shouli")
    path, seen = f"/tips/{filed.tip_id.hex}", set[str]()
    for expected in (50, 50, 20):
        page = await desk.get(path)
        found = set(re.findall(r"第(\d{3})笔", page.html))
        assert len(found) == expected
        seen |= found
        earlier = re.search(r'href="(/tips/[0-9a-f]+\?before=\d+)"', page.html)
        path = earlier[1] if earlier else ""
    assert len(seen) == 120
    assert not path
    for odd in ("x", "-1", "9" * 30):
        assert (await desk.get(f"/tips/{filed.tip_id.hex}?before={odd}")).status == 200


async def test_reported_before_is_said_and_leads_only_where_this_desk_may_read(desk: Desk) -> None:
    from models.draft import Telling
    from models.terms import Channel, Concerns

    world = desk.world
    mine, hidden = await world.file_tip("从前说的。"), await world.file_tip("别处的。", village="上湾村")
    await desk.log_in("shouli")
    for before, leads in ((mine.tip_id.hex, True), (hidden.tip_id.hex, False), ("yes", False)):
        told = Telling(place=world.units["清水村"].id.hex, concerns=Concerns.VILLAGE, naming="anonymous", before=before)
        told.add_text("还是没人管。")
        filed = await Tip.file(told, channel=Channel.WEB)
        page = await desk.get(f"/tips/{filed.tip_id.hex}")
        assert "反映人说以前反映过这件事。" in page.html
        assert (f'<a href="/tips/{mine.tip_id.hex}">' in page.html) is leads
        assert hidden.tip_id.hex not in page.html


async def test_the_page_counts_requests_for_protection_turns_over_and_lists_a_floods_apart(desk: Desk) -> None:
    world = desk.world
    for number in range(protection.PAGE + 2):
        filed = await world.file_tip()
        await protection.ask(await Thread.open(str(filed.code), who=f"reporter {number}"))
    async with transaction():
        await Access.filter(tip_id=filed.tip_id).update(quarantined=True)
    flooded = await protection.Protection.get(tip_id=filed.tip_id)
    await desk.log_in("shuji")
    page = await desk.get("/protections")
    assert "有 51 件等答复" in page.html
    listed, apart = page.html.split('<section id="apart">')
    assert listed.count('<a href="/protections/') == protection.PAGE
    assert "有 1 件来自疑似刷屏的反映" in apart
    assert flooded.id.hex in apart
    assert flooded.id.hex not in listed
    [further] = re.findall(r'href="(/protections\?after=[0-9a-f]{32})"', listed)
    second = (await desk.get(further)).html.split('<section id="apart">')[0]
    assert second.count('<a href="/protections/') == 1
    assert (await desk.get("/protections?after=x")).status == 404
