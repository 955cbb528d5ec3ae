"""What the demo teaches: two articles and a case, written by one and approved by another. All of it is made up."""

from datetime import timedelta
from typing import Any, Final

from models import clock
from models.actor import Actor
from models.lesson import Lesson
from models.publishing import approve, propose
from models.terms import CaseCheck, Language, LessonKind

NOTIFIED: Final = timedelta(days=90)
"""Before the demo was founded."""
_ZH, _EN = Language.ZH_CN, Language.EN
LESSONS: Final[tuple[tuple[LessonKind, dict[str, Any]], ...]] = (
    (
        LessonKind.ARTICLE,
        {
            "texts": {
                _ZH: {
                    "title": "村里的钱，三个地方能查",
                    "body": "一、村务公开栏：每季度张贴收支。\n二、村民代表会议：可以要求看账本和票据。\n"
                    "三、镇农经站：村里的账由镇里代管，可以去问。\n看不懂、查不到、和实际对不上，都可以来反映。",
                },
                _EN: {
                    "title": "Three places where village money can be checked",
                    "body": "1. The public board: income and spending, every quarter.\n2. The villagers' assembly: "
                    "it may ask for the books.\n3. The township's accounts office, which keeps them for the village.",
                },
            }
        },
    ),
    (
        LessonKind.ARTICLE,
        {
            "texts": {
                _ZH: {
                    "title": "婚丧喜庆，公职人员先报告",
                    "body": "办婚事、丧事，先向组织报告：人数、桌数、车辆、费用。不收管理和服务对象的礼金。"
                    "办完再报告实际情况。普通、简朴的办事不在禁止之列。",
                }
            },
            "officials_only": True,
        },
    ),
    (
        LessonKind.CASE,
        {
            "texts": {
                _ZH: {
                    "title": "低保名单里的亲戚（虚构案例）",
                    "facts": "某村干部在评低保时，把不符合条件的两名亲属列入名单，多领补助九千余元。",
                    "rule": "在社会保障中优亲厚友，违反群众纪律。钱款已经退回，本人受到党内警告处分。",
                    "prevention": "评议要有村民代表参加；名单张榜七天；干部的亲属要事先申报、本人回避。",
                }
            },
            "checks": list(CaseCheck),
            "notified_where": "云岭县清风网",
        },
    ),
)


async def teach(author: Actor, head: Actor) -> None:
    """Write them, propose them, approve them."""
    for kind, told in LESSONS:
        day = clock.today() - NOTIFIED if kind is LessonKind.CASE else None
        lesson = await Lesson.write(author, kind, **told, notified_on=day)
        await propose(author, lesson)
        await approve(head, lesson, list(CaseCheck))
