"""What the reporter does on the page with his code, without script or cookie: each once, for those it is for."""

import asyncio
import re

import pytest

from models import protection, thread
from models.attachment import MAX_UPLOAD
from models.draft import Draft
from models.event import Event, Happening
from models.matter import Matter
from models.message import Message
from models.protection import Protection
from models.receipt import Identity, Receipt
from models.terms import Side, Verdict
from models.tip import Tip
from tests.bot.test_reporter_media import MP4
from tests.public.test_web_track import desk, opened
from tests.public.visitor import Visitor
from tests.world import World


async def concluded(visitor: Visitor, answer: str = "补贴已补发。") -> str:
    code = await visitor.files_tip()
    matter = await desk(visitor.world)
    await matter.accept(summary="补贴")
    await matter.conclude(answer=answer)
    visitor.world.clock.forward(minutes=1)
    await opened(visitor, code)
    return code


async def last_line(world: World) -> tuple[Verdict | None, list[str]]:
    line = (await (await desk(world)).thread())[-1]
    return line.verdict, [part["text"] for part in line.parts]


async def test_the_answer_is_accepted_without_a_word_and_asked_for_no_more(visitor: Visitor) -> None:
    await concluded(visitor)
    visitor.says("已办结。您认可吗？", "不认可，我来说", "有新情况")
    await visitor.press("/track", do="agreed")
    visitor.says("好，记下了。", "认可答复")
    assert 'value="agreed"' not in visitor.page.html
    assert (await Tip.get()).rests
    assert await last_line(visitor.world) == (Verdict.AGREED, [])


async def test_an_objection_is_answered_once_and_then_the_matter_rests(visitor: Visitor) -> None:
    code = await concluded(visitor)
    await visitor.press("/track", text="没有补发。", do="objected")
    visitor.says("再答复您一次", "不认可答复", "没有补发。")
    assert 'value="objected"' not in visitor.page.html
    await (await desk(visitor.world)).answer_objection("九月三日已到账。")
    visitor.world.clock.forward(minutes=1)
    await opened(visitor, code)
    visitor.says("九月三日已到账。", 'value="news"')
    assert 'value="objected"' not in visitor.page.html


async def test_an_answer_that_can_still_be_taken_back_is_not_there_to_be_judged(visitor: Visitor) -> None:
    code = await visitor.files_tip()
    matter = await desk(visitor.world)
    await matter.accept(summary="补贴")
    await matter.conclude(answer="手快发错的话。")
    await opened(visitor, code)
    assert 'value="objected"' not in visitor.page.html


async def test_an_objection_sent_twice_is_one_and_side_by_side_too(visitor: Visitor) -> None:
    await concluded(visitor)
    form = {**visitor.page.form("/track").fields, "text": "没有补发。", "do": "objected"}
    other = visitor.beside()
    await asyncio.gather(visitor.post("/track", form), other.post("/track", form))
    for one in (visitor, other):
        one.says("再答复您一次")
    assert await Message.filter(side=Side.REPORTER).count() == 1
    assert await Event.filter(happening=Happening.OBJECTED).count() == 1


async def test_other_words_from_the_same_page_are_another_addition(visitor: Visitor) -> None:
    await opened(visitor, await visitor.files_tip())
    form = {**visitor.page.form("/track").fields, "do": "add"}
    for words in ("第一句", "第一句", "第二句"):
        await visitor.post("/track", {**form, "text": words})
        visitor.says("已补上")
    assert [part["text"] for line in await (await desk(visitor.world)).thread() for part in line.parts] == [
        "第一句",
        "第二句",
    ]


async def test_an_objection_to_what_was_taken_up_again_keeps_the_words(visitor: Visitor) -> None:
    await concluded(visitor)
    await (await desk(visitor.world)).take_up_again("再查一次。")
    visitor.world.clock.forward(minutes=1)
    await visitor.press("/track", text="没有补发。", do="objected")
    assert visitor.page.status == 409
    visitor.says("这件事有了变化", "没有补发。</textarea>", 'value="add"')


async def test_fear_shows_110_first_and_only_the_heads_read_it(visitor: Visitor) -> None:
    await opened(visitor, await visitor.files_tip())
    await visitor.press("/track", text="没交的话", do="afraid")
    visitor.says("110", "石桥镇纪委、云岭县纪委监委")
    assert visitor.page.html.index("110") < visitor.page.html.index("石桥镇纪委、")
    await visitor.press("/track", speak="en")  # another language keeps the page
    visitor.says("Ask for protection", "110")
    await visitor.press("/track", speak="zh_CN")
    await visitor.press("/track", fear="他说要砸我家的门。", do="protect")
    visitor.says("报上去了", "没交的话</textarea>")
    assert await Message.all().count() == 0
    for head in ("shuji", "xianshuji"):
        actor = await visitor.world.actor(head)
        [request] = (await protection.requests(actor)).items
        assert (await protection.read(actor, request.id)).words == "他说要砸我家的门。"


async def test_asked_twice_it_is_one_request(visitor: Visitor) -> None:
    await opened(visitor, await visitor.files_tip())
    await visitor.press("/track", do="afraid")
    form = {**visitor.page.form("/track").fields, "fear": "怕。", "do": "protect"}
    for _ in range(2):
        await visitor.post("/track", form)
        visitor.says("报上去了")
    assert await Protection.all().count() == 1


async def test_a_name_is_given_later_and_stays_typed_when_it_cannot_be_used(visitor: Visitor) -> None:
    await opened(visitor, await visitor.files_tip())
    await visitor.press("/track", do="later")
    await visitor.press("/track", name="张三丰", reach="", safe="别打电话", do="name")
    assert visitor.page.status == 422
    visitor.says("张三丰", "别打电话")
    form = {**visitor.page.form("/track").fields, "reach": "13000000000", "do": "name"}
    await visitor.post("/track", form)
    visitor.says("已单独封存")
    await visitor.post("/track", form)
    visitor.says("您留过姓名了。")
    assert await Identity.all().count() == 1
    assert 'value="later"' not in visitor.page.html


async def test_a_new_code_replaces_the_old_one_and_a_reload_shows_it_again(visitor: Visitor) -> None:
    old = await visitor.files_tip()
    await opened(visitor, old)
    await visitor.press("/track", do="new_code")
    visitor.says("旧码就什么也查不到了")
    form = {**visitor.page.form("/track").fields, "do": "renew"}
    await visitor.post("/track", form)
    new = visitor.code
    assert new != old
    await visitor.post("/track", form)
    assert visitor.code == new
    assert await Receipt.all().count() == 1
    await opened(visitor, old)
    visitor.says("没查到")
    await opened(visitor, new)
    visitor.says("已收到")
    await visitor.press("/track", do="new_code")
    await visitor.press("/track", do="renew")
    newest = visitor.code
    await visitor.post("/track", form)  # an old page, reloaded: the newest code stays
    assert new not in visitor.page.html  # nobody is given a code that opens nothing
    await opened(visitor, newest)
    visitor.says("已收到")


async def test_a_new_code_closes_the_page_that_was_open_with_the_old_one(visitor: Visitor) -> None:
    old = await visitor.files_tip()
    await opened(visitor, old)
    relative = visitor.beside()
    await opened(relative, old)
    form = relative.page.form("/track").fields
    await visitor.press("/track", do="new_code")
    await visitor.press("/track", do="renew")
    new = visitor.code
    for do in ("latest", "add", "new_code", "renew", "protect", "name"):
        await relative.post("/track", {**form, "text": "混进来的话", "do": do})
        relative.says("请再发一次查询码", "混进来的话")
        assert "已收到" not in relative.page.html
    assert not await Message.exists()
    await visitor.press("/track", do="latest")  # he who renewed goes on
    visitor.says("已收到")
    await opened(visitor, new)
    visitor.says("已收到")


async def test_a_new_code_asked_for_twice_side_by_side_is_one_and_shown_to_both(visitor: Visitor) -> None:
    await opened(visitor, await visitor.files_tip())
    await visitor.press("/track", do="new_code")
    form = {**visitor.page.form("/track").fields, "do": "renew"}
    other = visitor.beside()
    await asyncio.gather(visitor.post("/track", form), other.post("/track", form))
    assert visitor.code == other.code
    await opened(visitor, visitor.code)
    visitor.says("已收到")


async def test_a_long_thread_comes_page_by_page_and_nothing_is_lost(visitor: Visitor) -> None:
    code = await visitor.files_tip()
    matter = await desk(visitor.world)
    for number in range(45):
        await matter.reply(f"第{number:02}句")
    visitor.world.clock.forward(minutes=1)
    await opened(visitor, code)
    seen = [set(re.findall(r"第(\d\d)句", visitor.page.html))]
    assert seen[0] == {f"{n:02}" for n in range(25, 45)}
    for _ in range(2):
        found = re.search(r'value="(earlier\.\d+)"', visitor.page.html)
        assert found
        await visitor.press("/track", text="没交的话", do=found[1])
        visitor.says("没交的话</textarea>")
        seen.append(set(re.findall(r"第(\d\d)句", visitor.page.html)))
    assert set.union(*seen) == {f"{n:02}" for n in range(45)}
    assert "earlier." not in visitor.page.html
    await visitor.press("/track", do="latest")
    assert "第44句" in visitor.page.html
    for odd in ("earlier.x", "earlier.", "earlier.-1", "earlier.99999999999999999999", "earlier.²"):
        await visitor.press("/track", do=odd)
        assert visitor.page.status == 200


async def test_reported_before_leads_the_desk_to_what_it_may_read_and_nowhere_else(visitor: Visitor) -> None:
    mine = await visitor.files_tip("第一次说的。")
    first = (await Tip.get()).id
    hidden = await visitor.world.file_tip("镇里的事。", village="上湾村")
    for number, (code, known) in enumerate(((mine, first), (str(hidden.code), None))):
        before = {tip.id for tip in await Tip.all()}
        await visitor.reaches_review(f"还是没人管{number}。")
        await visitor.press(do="before")
        await visitor.press(old="7K4M-Q2XD-9RTA-W5HCJ", do="code")
        assert visitor.page.status == 422
        visitor.says("没查到", "7K4M-Q2XD-9RTA-W5HCJ")
        await visitor.press(old=code, do="code")
        visitor.says("✓ 已注明：以前反映过", f"还是没人管{number}。")
        assert code not in visitor.page.html
        await visitor.press(do="submit")
        [tip_id] = {tip.id for tip in await Tip.all()} - before
        matter = await Matter.open(await visitor.world.actor("shouli"), tip_id)
        assert matter.narrative()["before"]
        assert await matter.told_before() == known


async def test_no_code_and_no_name_ever_stands_in_an_address_or_title(visitor: Visitor) -> None:
    code = await visitor.files_tip()
    await opened(visitor, code)
    for act in ("afraid", "later", "new_code"):
        await visitor.press("/track", do=act)
        assert visitor.page.path == "/track"
        assert "<title>清风站</title>" in visitor.page.html
        await visitor.press("/track", do="latest")
    assert code not in visitor.page.html
    assert await Draft.all().count() == 1


async def test_a_film_too_big_for_the_chat_is_taken_here_and_one_too_big_here_costs_nothing(visitor: Visitor) -> None:
    await opened(visitor, await visitor.files_tip())
    film = MP4 + bytes(21 * 1024 * 1024)
    await visitor.press("/track", ("files", "lu.mp4", film), text="片子在这里。", do="add")
    visitor.says("已补上")
    line = (await (await desk(visitor.world)).thread())[-1]
    assert [part.get("kind", "text") for part in line.parts] == ["text", "video"]
    await visitor.press("/track", ("files", "da.mp4", MP4 + bytes(MAX_UPLOAD)), text="话都在", do="add")
    visitor.says("这里最多100兆", "话都在</textarea>")
    assert len(visitor.stored_files()) == 1


async def test_what_is_too_much_for_a_day_is_said_and_the_words_stay(
    visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(thread, "MOST_A_DAY", 1)
    await opened(visitor, await visitor.files_tip())
    await visitor.press("/track", text="第一句", do="add")
    await visitor.press("/track", text="第二句", do="add")
    visitor.says("请明天再交", "第二句")
    assert visitor.page.form("/track").fields["text"].strip() == "第二句"
    assert await Message.filter(side=Side.REPORTER).count() == 1
