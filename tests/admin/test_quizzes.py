"""以考促学 at the desk: written as a form, approved by another, and totals as table, chart and workbook."""

import io
import re
from xml.etree import ElementTree as ET

from openpyxl import load_workbook

from models.audit import Act, Audit
from models.proposal import Proposal
from models.question import Question
from models.quiz import Quiz
from models.quiz_totals import count_runs
from models.sitting import Place, answer, sit_down
from models.terms import QuizState
from tests.admin.client import Desk
from tests.admin.test_outreach import again
from tests.models.outreach import officials
from tests.models.quizzes import ZH, published, written

SVG = re.compile(r"<svg.*?</svg>", re.DOTALL)
FORM = {
    "title-zh_CN": "中秋小测验",
    "q0-text-zh_CN": "月饼怎么办？",
    "q0-option0-zh_CN": "收下",
    "q0-option2-zh_CN": "谢绝",
    "q0-option2-en": "Decline",
    "q0-right2": "yes",
    "q0-why-zh_CN": "再小也不收。",
}


def charts(html: str) -> list[ET.Element]:
    return [ET.fromstring(found) for found in SVG.findall(html)]  # noqa: S314  our own pages


def texts(chart: ET.Element) -> list[str]:
    """What it says beside its bars."""
    return ["".join(text.itertext()) for text in chart.iter("{http://www.w3.org/2000/svg}text")]


async def test_written_with_gaps_sent_back_mended_approved_by_another_and_closed(desk: Desk) -> None:
    await desk.log_in("xianban")
    form = (await desk.get("/quizzes/new")).form("/quizzes/new")
    page = await desk.send(form, **{**FORM, "q0-why-zh_CN": ""})
    assert page.status == 422
    assert "第 1 题要写说明" in page.html
    assert 'value="Decline"' in page.html
    page = await desk.send(page.form("/quizzes/new"), **FORM)
    quiz = await Quiz.get()
    assert quiz.asked == [
        Question({ZH: "月饼怎么办？"}, ({ZH: "收下"}, {ZH: "谢绝", "en": "Decline"}), 0b10, {ZH: "再小也不收。"})
    ]
    edit = (await desk.get(f"/quizzes/{quiz.id.hex}/edit")).form("/edit")
    page = await desk.send(edit, **{"title-zh_CN": "国庆小测验"})
    page = await desk.send(page.form("/proposal"))
    assert not page.has_form("/approval")
    await again(desk, "xianshuji")
    card = await desk.get(f"/approvals/{(await Proposal.get()).id.hex}")
    assert "国庆小测验" in card.html
    assert f"/quizzes/{quiz.id.hex}" in card.html
    page = await desk.send((await desk.get(f"/quizzes/{quiz.id.hex}")).form("/approval"))
    assert "已发布" in page.html
    await again(desk, "xianban")
    page = await desk.get(f"/quizzes/{quiz.id.hex}")
    page = await desk.send(page.form("/closing"))
    assert "已结束" in page.html
    assert (await Quiz.get()).state is QuizState.CLOSED
    await again(desk, "liuban")
    assert (await desk.get(f"/quizzes/{quiz.id.hex}")).status == 404
    assert "国庆" not in (await desk.get("/quizzes")).html


async def test_totals_are_charts_tables_and_a_workbook_and_tell_of_nobody(desk: Desk) -> None:
    quiz = await published(desk.world, title={ZH: "=1+1"})
    for number, contact in enumerate(await officials(desk.world, 12)):
        await sit_down(quiz.id, contact.id)
        await answer(quiz.id, contact.id, Place(1, 0), 0b010 if number < 7 else 0b001)
        await answer(quiz.id, contact.id, Place(1, 1), 0b011 if number < 10 else 0b110)
    await count_runs()
    await desk.log_in("xianban")
    page = await desk.get(f"/quizzes/{quiz.id.hex}")
    by_unit, single, several = charts(page.html)
    assert [one.attrib["role"] for one in (by_unit, single, several)] == ["img"] * 3
    assert texts(single) == ["收下一盒", "5", "✓ 当面谢绝", "7", "放着再说", "0"]
    filled = [bar.attrib["width"] for bar in single if bar.attrib.get("class") in {"filled-bar", "marked-bar"}]
    assert filled == ["149.2", "208.8"]  # five and seven of twelve
    assert not [bar for bar in several if bar.attrib.get("class") == "marked-bar" and bar.attrib["width"] != "358.0"]
    assert "接近全部" in page.html  # ten of twelve
    assert "&lt;5" in page.html  # two of twelve
    assert "干部" not in page.html
    async with desk.client.get(f"/quizzes/{quiz.id.hex}/report.xlsx") as told:
        assert told.headers["Content-Disposition"] == 'attachment; filename="qingfeng-quiz-2026-11-23.xlsx"'
        book = load_workbook(io.BytesIO(await told.read()))
    questions, units = book.worksheets
    assert (questions["A1"].value, questions["A1"].data_type) == ("=1+1", "s")
    cells = [[cell for cell in row if cell] for row in questions.iter_rows(values_only=True)]
    assert ["当面谢绝", 7, "正确"] in cells
    assert ["个人存款", "<5"] in cells
    assert ("石桥镇", 12, "70 %") in [row[:3] for row in units.iter_rows(values_only=True)]
    assert await Audit.filter(act=Act.REPORT_EXPORTED, object_id=quiz.id).count() == 1


async def test_a_lesson_s_broadcast_offers_what_is_published_and_a_reminder_carries_none(desk: Desk) -> None:
    await officials(desk.world, 1)
    quiz, draft = await published(desk.world), await written(desk.world, title={ZH: "草稿题"})
    await desk.log_in("shouli")
    page = await desk.get("/outreach/new")
    assert "中秋小测验" in page.html
    assert "草稿题" not in page.html
    form = page.form("/outreach/new")
    words = {"text_zh_CN": "学一学。", "unit": desk.world.units["石桥镇"].id.hex}
    assert (await desk.send(form, **words, kind="reminder", quiz=quiz.id.hex)).status == 422
    assert (await desk.send(form, **words, kind="education", quiz=draft.id.hex)).status == 422
    made = await desk.send(form, **words, kind="education", quiz=quiz.id.hex)
    assert "附的题" in made.html
