"""A quiz through the front door: written by one, approved by another."""

from typing import Any

from models.contact import Contact
from models.question import Question
from models.quiz import Quiz, propose
from models.reviewed import decide
from models.sitting import Place, answer, sit_down
from models.terms import Language
from tests.world import World

ZH, EN = Language.ZH_CN, Language.EN
QUESTIONS = (
    Question(
        {ZH: "中秋节，老板送来两盒月饼，怎么办？", EN: "Two boxes of mooncakes arrive. What do you do?"},
        ({ZH: "收下一盒"}, {ZH: "当面谢绝", EN: "Decline"}, {ZH: "放着再说"}),
        0b010,
        {ZH: "服务管理对象的礼，再小也不收。", EN: "No gift is small enough."},
    ),
    Question(
        {ZH: "哪些要公示？"},
        ({ZH: "低保名单"}, {ZH: "集体支出"}, {ZH: "个人存款"}),
        0b011,
        {ZH: "涉及群众利益的事都要公示。"},
    ),
)


async def written(world: World, by: str = "xianban", **told: Any) -> Quiz:
    """A draft of two questions, the second with two right options."""
    return await Quiz.write(await world.actor(by), **{"title": {ZH: "中秋小测验"}, "questions": QUESTIONS, **told})


async def published(world: World, **told: Any) -> Quiz:
    """Approved by the county's secretary."""
    quiz = await written(world, **told)
    await propose(await world.actor("xianban"), quiz)
    await decide(await world.actor("xianshuji"), quiz, approve=True)
    return quiz


RIGHT, WRONG = (0b010, 0b011), (0b001, 0b100)


async def takes(quiz: Quiz, contact: Contact, answers: tuple[int, ...] = RIGHT) -> None:
    """Somebody answers, from where he stands."""
    sitting = await sit_down(quiz.id, contact.id)
    for no, chosen in enumerate(answers, start=sitting.no):
        await answer(quiz.id, contact.id, Place(sitting.number, no), chosen)
