"""What the demo teaches: two articles, a case and a quiz, written by one and approved by another. All is made up."""

from datetime import timedelta
from typing import Any, Final

from models import clock
from models.actor import Actor
from models.lesson import Lesson
from models.publishing import approve, propose
from models.question import Question
from models.quiz import Quiz
from models.quiz import propose as propose_quiz
from models.reviewed import decide
from models.terms import CaseCheck, Language, LessonKind

NOTIFIED: Final = timedelta(days=90)
"""Before the demo was founded."""
_ZH, _HANT, _EN = Language.ZH_CN, Language.ZH_HANT, Language.EN
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
                _HANT: {
                    "title": "村裡的錢，三個地方能查",
                    "body": "一、村務公開欄：每季度張貼收支。\n二、村民代表會議：可以要求看帳本和票據。\n"
                    "三、鎮農經站：村裡的帳由鎮裡代管，可以去問。\n看不懂、查不到、和實際對不上，都可以來反映。",
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


def _words(zh: str, hant: str, en: str) -> dict[str, str]:
    return {_ZH: zh, _HANT: hant, _EN: en}


QUIZ_TITLE: Final = _words("村里的钱，您会查吗", "村裡的錢，您會查嗎", "Village money: where to look")
QUIZ: Final = (
    Question(
        _words("村里的收支，多久要公开一次？", "村裡的收支，多久要公開一次？", "How often are the accounts posted?"),
        (
            _words("每季度至少一次", "每季度至少一次", "At least every quarter"),
            _words("换届时一次", "換屆時一次", "Once each term"),
            _words("有人问才公开", "有人問才公開", "Only when somebody asks"),
        ),
        0b001,
        _words(
            "至少每季度一次；收支多的村每月一次。", "至少每季度一次；收支多的村每月一次。", "Every quarter at least."
        ),
    ),
    Question(
        _words("想看村里的账，可以去哪里？", "想看村裡的帳，可以去哪裡？", "Where can you ask about the books?"),
        (
            _words("村务公开栏", "村務公開欄", "The public board"),
            _words("镇农经站", "鎮農經站", "The township's accounts office"),
            _words("会计家里", "會計家裡", "The accountant's home"),
        ),
        0b011,
        _words(
            "公开栏要贴，镇农经站可以问，不用到谁家里去。",
            "公開欄要貼，鎮農經站可以問，不用到誰家裡去。",
            "The board shows them, the township keeps them; nobody has to be visited at home.",
        ),
    ),
)


async def teach(author: Actor, head: Actor) -> tuple[Lesson, Quiz]:
    """Write them, propose them, approve them. Answers the first one and its quiz."""
    lessons = []
    for kind, told in LESSONS:
        day = clock.today() - NOTIFIED if kind is LessonKind.CASE else None
        lesson = await Lesson.write(author, kind, **told, notified_on=day)
        await propose(author, lesson)
        await approve(head, lesson, list(CaseCheck))
        lessons.append(lesson)
    quiz = await Quiz.write(author, title=QUIZ_TITLE, questions=QUIZ, public=True, lesson_id=lessons[0].id)
    await propose_quiz(author, quiz)
    await decide(head, quiz, approve=True)
    return lessons[0], quiz
