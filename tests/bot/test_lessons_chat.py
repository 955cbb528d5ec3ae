"""廉洁课堂 on the phone: residents read what is for all, people in office also what is theirs."""

from datetime import timedelta

import pytest

from models.lesson import LessonVersion
from models.material import Material
from models.sealed_files import once
from models.terms import LessonKind
from tests.bot.conftest import Phone
from tests.bot.test_broadcast import enrol
from tests.models.lessons import published, titled

pytestmark = pytest.mark.parametrize("backend", ["sqlite"])
PDF = b"%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"


async def test_a_resident_turns_pages_opens_one_and_comes_back(phone: Phone) -> None:
    world, person = phone.world, phone.person
    material = await Material.keep(world.units["云岭县"].id, once(PDF), "手册.pdf", by_id=world.staff["xianban"].id)
    await published(world, kind=LessonKind.FILE, texts=titled("村务公开手册"), material_id=material.id)
    await published(world, kind=LessonKind.CASE)
    for number in range(6):
        world.clock.at += timedelta(minutes=1)
        await published(world, texts=titled(f"第{number}课"))
    await published(world, texts=titled("干部必读"), officials_only=True)
    person.starts()
    await person.hears("不留名")
    await phone.does("[廉洁课堂]")
    assert "第1页，共2页" in person.last.text
    assert len(person.last.labels) == 8
    assert not any("干部必读" in one for one in person.last.labels)
    await phone.does("[下一页]", "[案例｜低保名单里的亲戚]")
    assert "三、本来可以怎样避免\n名单张榜" in person.last.text
    assert "2026-10-09由云岭县清风网公开通报" in person.last.text
    await phone.does("[看别的]", "[下一页]", "[文件｜村务公开手册]")
    assert any(one.text == "村务公开手册" and one.media == PDF for one in person.screen)
    assert person.last.text.startswith("《村务公开手册》")


async def test_an_open_question_stays_open_and_a_withdrawn_lesson_says_so(phone: Phone) -> None:
    world = phone.world
    lesson = await published(world)
    await phone.reaches_story()
    await phone.does("/lessons")
    await lesson.withdraw(await world.actor("xianban"))
    await phone.does("[文章｜公款不是私款]")
    assert "已经撤下" in phone.person.last.text
    await phone.does("[廉洁课堂]")
    assert "还没有内容" in phone.person.last.text
    await phone.does("去年的补贴没发。", "[说完了]", "[不留名]")
    assert "请核对" in phone.person.last.text


async def test_people_in_office_find_what_is_for_them(phone: Phone) -> None:
    await published(phone.world, texts=titled("干部必读"), officials_only=True)
    person = await enrol(phone, "干部1")
    await phone.served(person.says("/lessons"))
    await person.hears("廉洁课堂")
    await phone.served(person.presses("文章｜干部必读"))
    assert person.last.text.startswith("《干部必读》")
    assert await LessonVersion.all().count() == 1
