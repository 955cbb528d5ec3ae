"""Who approves, approves what he has read: what was rewritten and proposed anew meanwhile waits for another look."""

from collections.abc import Awaitable, Callable

import pytest

from models import approving, publishing
from models.audience import Audience
from models.campaign import Campaign
from models.lesson import Lesson
from models.quiz import Quiz
from models.quiz import propose as propose_quiz
from models.terms import CampaignKind, CampaignState, Language, LessonState, QuizState
from tests.admin.client import Desk
from tests.models.lessons import titled
from tests.models.lessons import written as lesson_written
from tests.models.outreach import composed, official
from tests.models.quizzes import QUESTIONS
from tests.models.quizzes import written as quiz_written
from tests.world import World

pytestmark = pytest.mark.parametrize("backend", ["sqlite"])
Swap = Callable[[], Awaitable[object]]


async def of_a_broadcast(world: World) -> tuple[str, Swap]:
    """Its page, and its author who writes something else at the last moment."""
    author = await world.actor("xianban")
    await official(world, 1)
    one = await composed(world)
    await approving.propose(author, one)

    async def swap() -> None:
        mine = await Campaign.of(author, one.id)
        audience = Audience(world.units["云岭县"].id)
        await mine.revise(author, kind=CampaignKind.REMINDER, texts={Language.ZH_CN: "别的话。"}, audience=audience)
        await approving.propose(author, mine)

    return f"/outreach/{one.id.hex}", swap


async def of_a_lesson(world: World) -> tuple[str, Swap]:
    """The same of a lesson."""
    author = await world.actor("xianban")
    one = await lesson_written(world)
    await publishing.propose(author, one)

    async def swap() -> None:
        mine = await Lesson.of(author, one.id)
        await mine.revise(author, texts=titled("别的话"))
        await publishing.propose(author, mine)

    return f"/lessons/{one.id.hex}", swap


async def of_a_quiz(world: World) -> tuple[str, Swap]:
    """The same of a quiz."""
    author = await world.actor("xianban")
    one = await quiz_written(world)
    await propose_quiz(author, one)

    async def swap() -> None:
        mine = await Quiz.of(author, one.id)
        await mine.revise(author, title={Language.ZH_CN: "别的话"}, questions=QUESTIONS)
        await propose_quiz(author, mine)

    return f"/quizzes/{one.id.hex}", swap


async def test_what_was_rewritten_after_it_was_read_is_neither_approved_nor_sent_back_unread(desk: Desk) -> None:
    begun = [await of(desk.world) for of in (of_a_broadcast, of_a_lesson, of_a_quiz)]
    await desk.log_in("xianshuji")
    for path, swap in begun:
        read = await desk.get(path)
        await swap()
        for act in ("/approval", "/return"):
            late = await desk.send(read.form(act))
            assert (late.status, "别的话" in late.html) == (409, True)
    standing = [(await one.get()).state for one in (Campaign, Quiz)]
    assert standing == [CampaignState.PROPOSED, QuizState.PROPOSED]
    assert (await (await Lesson.get()).newest()).state is LessonState.PROPOSED
    for path, _ in begun:
        assert (await desk.send((await desk.get(path)).form("/approval"))).status == 200
    assert (await (await Lesson.get()).newest()).state is LessonState.PUBLISHED
