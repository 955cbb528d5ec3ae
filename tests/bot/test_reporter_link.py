"""From the chat to the private page: what was chosen goes along once, what was said does not; nothing links them."""

import json
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest

from models.house import enter, house
from models.passage import Passage
from tests.bot.conftest import Phone
from tests.bot.test_pieces import photo
from tests.public.visitor import Visitor

PAGE = "https://qingfeng.example"


@pytest.fixture
async def paged(phone: Phone) -> Phone:
    """A house whose page phones can reach."""
    enter(replace(house(), form_url=PAGE))
    return phone


async def ticket(phone: Phone, label: str = "改用网页写") -> str:
    await phone.does(f"[{label}]")
    phone.person.presses("用浏览器打开（更稳妥）")
    return parse_qs(urlsplit(phone.person.opened).query)["c"][0]


async def test_what_was_chosen_in_the_chat_is_not_asked_again_on_the_page(paged: Phone) -> None:
    await paged.reaches_story()
    way = await ticket(paged)
    async with Visitor.at(paged.world) as visitor:
        await visitor.get(f"/?c={way}")
        await visitor.press()
        visitor.says("请说说：什么时候")
        await visitor.press(text="账不对。", do="next")
        await visitor.press(answer="anonymous")
        visitor.says("清水村", "补贴", "村干部", "账不对。")


async def test_the_address_holds_neither_words_nor_choices_nor_code_nor_chat(paged: Phone) -> None:
    await paged.reaches_story()
    await paged.does("先在这里说了一句。")
    way = await ticket(paged)
    assert "不会带过去" in paged.person.last.text
    address = paged.person.opened
    assert address == f"{PAGE}/?c={way}"
    for secret in (paged.world.units["清水村"].id.hex, "V01", "village", str(paged.person.id)):
        assert secret not in address
    [row] = await Passage.all().values()
    assert set(row) == {"id", "body", "expires_at"}  # no chat, no draft
    assert way not in json.dumps(row, default=str)
    async with Visitor.at(paged.world) as visitor:
        await visitor.get(f"/?c={way}")
        await visitor.press()
        assert "先在这里说了一句" not in visitor.page.html
    await paged.does("[接着说]")
    assert "收到1段文字。还没交上去" in paged.person.last.text


async def test_a_link_is_used_once_and_looking_at_it_uses_nothing_up(paged: Phone) -> None:
    await paged.reaches_story()
    way = await ticket(paged)
    async with Visitor.at(paged.world) as visitor:
        for _ in range(3):  # a messenger's preview looks before he does
            await visitor.get(f"/?c={way}")
        form = visitor.page.form("/report").fields
        await visitor.post("/report", form)
        visitor.says("请说说")
        await visitor.post("/report", form)  # a double tap means the same form
        visitor.says("请说说")
        await visitor.get(f"/?c={way}")
        visitor.says("这个链接用过了")
        await visitor.post("/report", {"c": way})
        visitor.says("这个链接用过了", "是哪个村的事")


async def test_after_half_an_hour_the_link_leads_to_an_empty_form_and_its_row_is_gone(paged: Phone) -> None:
    await paged.reaches_story()
    way = await ticket(paged)
    paged.world.clock.forward(minutes=31)
    async with Visitor.at(paged.world) as visitor:
        await visitor.get(f"/?c={way}")
        visitor.says("过了30分钟")
        await visitor.press()
        visitor.says("是哪个村的事")
    assert await Passage.sweep() == 1
    assert not await Passage.exists()


async def test_with_https_the_page_also_opens_within_the_messenger(paged: Phone) -> None:
    await paged.reaches_story()
    await paged.does("[改用网页写]")
    kinds = {button.text: button.kind for row in paged.person.last.buttons for button in row}
    assert kinds == {"用浏览器打开（更稳妥）": "url", "就在这里打开": "web_app"}


async def test_without_https_there_is_a_link_and_no_app(phone: Phone) -> None:
    enter(replace(house(), form_url="http://127.0.0.1:8080"))
    await phone.reaches_story()
    await phone.does("[改用网页写]")
    assert [button.kind for row in phone.person.last.buttons for button in row] == ["url"]


async def test_without_a_page_nobody_is_sent_there(phone: Phone) -> None:
    await phone.reaches_story()
    assert "改用网页写" not in phone.person.last.labels
    await phone.served(phone.person.sends_document(b"x", "big.mp4", "video/mp4", size=21 * 1024 * 1024))
    assert phone.person.last.labels == []


async def test_a_file_too_big_for_the_chat_is_sent_to_the_page(paged: Phone) -> None:
    await paged.reaches_story()
    await paged.served(paged.person.sends_photo(photo()))
    await paged.served(paged.person.sends_document(b"x", "big.mp4", "video/mp4", size=21 * 1024 * 1024))
    assert paged.person.last.text == "文件太大，这里最多20兆。其他内容都在。"
    assert await ticket(paged, "用网页传")
