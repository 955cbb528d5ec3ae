"""The reporter comes back with his code: reads, answers, adds, goes."""

import re

import pytest

from admin.public.app import PublicConfig
from models.access import Access
from models.draft import Draft, forget_threads
from models.errors import Gone
from models.flood import AddressGate
from models.matter import Matter
from models.terms import Verdict
from models.tip import Tip
from tests.bot.test_pieces import OGG, photo
from tests.public.visitor import Visitor
from tests.world import World


async def opened(visitor: Visitor, code: str) -> None:
    await visitor.get("/track")
    await visitor.press("/track", code=code)


async def desk(world: World) -> Matter:
    return await Matter.open(await world.actor("shouli"), (await Tip.get()).id)


async def test_the_code_in_any_shape_opens_the_thread(visitor: Visitor) -> None:
    code = await visitor.files_tip()
    for typed in (code, code.lower().replace("-", " "), f"查询码：{code}。"):
        await opened(visitor, typed)
        visitor.says("已收到", "石桥镇纪委", "还没有给您的回复")
    await opened(visitor, "7K4M-Q2XD-9RTA-W5HC0")
    assert visitor.page.status == 422
    visitor.says("没查到", "7K4M-Q2XD-9RTA-W5HC0", 'aria-describedby="code-hint problem"', "autofocus")


async def test_a_question_is_answered_with_words_and_files(visitor: Visitor) -> None:
    code = await visitor.files_tip()
    matter = await desk(visitor.world)
    await matter.reply("哪一年的？<b>", asks=True)
    await opened(visitor, code)
    assert "哪一年的" not in visitor.page.html  # it can still be taken back
    visitor.world.clock.forward(minutes=1)
    await opened(visitor, code)
    visitor.says("哪一年的？&lt;b&gt;", "回答")
    await visitor.press("/track", ("photo", "a.jpg", photo()), ("voice", "b.ogg", OGG), text="2024年。", do="add")
    visitor.says("已补上", "2024年。")
    lines = await (await desk(visitor.world)).thread()
    assert [part.get("kind", "text") for part in lines[-1].parts] == ["text", "photo", "voice"]
    row = await Access.filter(unit_id=matter.actor.unit_id).get()
    assert row.unread


async def test_an_addition_sent_twice_is_there_once(visitor: Visitor) -> None:
    await opened(visitor, await visitor.files_tip())
    form = {**visitor.page.form("/track").fields, "text": "再说一点", "do": "add"}
    for _ in range(2):
        await visitor.post("/track", form)
        visitor.says("已补上")
    assert len(await (await desk(visitor.world)).thread()) == 1
    await visitor.post("/track", {**form, "text": "又一点"})
    assert len(await (await desk(visitor.world)).thread()) == 2


async def test_a_refused_file_keeps_the_words_and_the_good_files(visitor: Visitor) -> None:
    await opened(visitor, await visitor.files_tip())
    files = ("photo", "a.jpg", photo()), ("files", "x.html", b"<html></html>")
    await visitor.press("/track", *files, text="话都在", do="add")
    visitor.says("x.html", "这种文件收不了", "话都在", "a.jpg")
    assert await (await desk(visitor.world)).thread() == []
    await visitor.press("/track", text="话都在", do="add")
    [line] = await (await desk(visitor.world)).thread()
    assert len(line.parts) == 2


async def test_the_page_closes_after_half_an_hour_and_the_words_stay(visitor: Visitor) -> None:
    code = await visitor.files_tip()
    await opened(visitor, code)
    visitor.world.clock.forward(minutes=31)
    assert await forget_threads() == 1
    await visitor.press("/track", text="写了很久", do="add")
    visitor.says("已经关上", "写了很久")
    await visitor.press("/track", code=code)
    visitor.says("写了很久</textarea>")
    await visitor.press("/track", text="写了很久", do="add")
    visitor.says("已补上")


async def test_closing_forgets_the_thread(visitor: Visitor) -> None:
    await opened(visitor, await visitor.files_tip())
    await visitor.press("/track", do="close")
    assert await Draft.all().count() == 0


@pytest.mark.parametrize("ends", ["concluded", "out_of_scope"])
async def test_an_answer_can_be_objected_to(visitor: Visitor, ends: str) -> None:
    code = await visitor.files_tip()
    matter = await desk(visitor.world)
    if ends == "concluded":
        await matter.accept(summary="补贴")
        await matter.conclude(answer="已补发。")
    else:
        await matter.mark_out_of_scope(guidance="请找法院。")
    visitor.world.clock.forward(minutes=1)
    await opened(visitor, code)
    await visitor.press("/track", text="", do="objected")
    visitor.says("请写几句：哪里不认可。")
    await visitor.press("/track", text="没有补发。", do="objected")
    visitor.says("再答复您一次", "不认可答复")
    line = (await (await desk(visitor.world)).thread())[-1]
    assert (line.verdict, line.parts) == (Verdict.OBJECTED, [{"text": "没有补发。"}])


async def test_wrong_codes_slow_an_address_down_and_lock_nobody_out(world: World) -> None:
    waited: list[float] = []

    class Gate(AddressGate):
        def try_wait(self, address: str) -> float:
            waited.append(super().try_wait(address))
            return 0

    async with Visitor.at(world, PublicConfig(gate=Gate())) as visitor:
        code = await visitor.files_tip()
        for _ in range(60):
            await opened(visitor, "7K4M-Q2XD-9RTA-W5HC0")
        assert waited[20] == 0
        assert waited[-1] > 1
        await opened(visitor, code)
        visitor.says("已收到")


async def test_another_language_keeps_the_thread_and_the_words(visitor: Visitor) -> None:
    await opened(visitor, await visitor.files_tip())
    await visitor.press("/track", text="半句话", speak="en")
    visitor.says("半句话", 'lang="en"')
    assert re.search(r"Status|Progress|Received", visitor.page.html)
    assert await (await desk(visitor.world)).thread() == []


async def test_what_was_closed_on_one_page_stays_closed_for_a_slow_other_one(visitor: Visitor) -> None:
    code = await visitor.files_tip()
    await visitor.post("/track", {"code": code})
    [slow] = [draft.unlock() for draft in await Draft.all()]
    await visitor.press("/track", do="close")
    slow.adding.add_text("慢了一步")
    with pytest.raises(Gone):
        await slow.keep()
    assert await Draft.all().count() == 0
