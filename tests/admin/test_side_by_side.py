"""Two people with one draft open: the second to save learns of the first, keeps what he typed, and may replace it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import pytest

from models.audience import Audience
from models.campaign import Campaign
from models.terms import CampaignKind, Language
from tests.admin.client import Desk
from tests.models.lessons import titled
from tests.models.lessons import written as lesson_written
from tests.models.outreach import at, composed
from tests.models.quizzes import QUESTIONS
from tests.models.quizzes import written as quiz_written
from tests.world import World

ZH = Language.ZH_CN
MINE, OTHERS = "后来的人写的话", "先存的人写的话"


@dataclass
class Draft:
    """One draft: its page, the field typed into, how somebody else saves it meanwhile, and what it says now."""

    path: str
    field: str
    rewrite: Callable[[], Awaitable[None]]
    words: Callable[[], Awaitable[str]]


async def a_broadcast(world: World) -> Draft:
    author, one = await world.actor("xianban"), await composed(world)

    async def rewrite() -> None:
        audience = Audience(author.unit_id)
        other = await Campaign.get(id=one.id)
        await other.revise(author, kind=CampaignKind.REMINDER, texts={ZH: OTHERS}, audience=audience)

    async def words() -> str:
        return (await Campaign.get(id=one.id)).texts[ZH]

    return Draft(f"/outreach/{one.id.hex}", "text_zh_CN", rewrite, words)


async def a_lesson(world: World) -> Draft:
    author, one = await world.actor("xianban"), await lesson_written(world)

    async def rewrite() -> None:
        await one.revise(author, texts=titled(OTHERS))

    async def words() -> str:
        return (await one.newest()).texts[ZH]["title"]

    return Draft(f"/lessons/{one.id.hex}", "title_zh_CN", rewrite, words)


async def a_quiz(world: World) -> Draft:
    author, one = await world.actor("xianban"), await quiz_written(world)

    async def rewrite() -> None:
        await one.revise(author, title={ZH: OTHERS}, questions=QUESTIONS)

    async def words() -> str:
        await one.refresh_from_db()
        return one.title[ZH]

    return Draft(f"/quizzes/{one.id.hex}", "title-zh_CN", rewrite, words)


@pytest.mark.parametrize("begin", [a_broadcast, a_lesson, a_quiz])
async def test_the_second_to_save_learns_of_the_first_loses_nothing_and_may_then_replace_it(
    desk: Desk, begin: Callable[[World], Awaitable[Draft]]
) -> None:
    draft = await begin(desk.world)
    await desk.log_in("xianban")
    opened = (await desk.get(f"{draft.path}/edit")).form("/edit")
    await draft.rewrite()
    told = await desk.send(opened, **{draft.field: MINE})
    assert (told.status, await draft.words()) == (409, OTHERS)
    assert "有人改过这份稿子" in told.html
    assert f'href="{draft.path}"' in told.html
    again = told.form("/edit")
    assert again.fields[draft.field] == MINE
    assert (await desk.send(again)).path == draft.path
    assert await draft.words() == MINE


@pytest.mark.parametrize("begin", [a_broadcast, a_lesson, a_quiz])
async def test_a_form_that_comes_twice_saves_once_and_accuses_nobody(
    desk: Desk, begin: Callable[[World], Awaitable[Draft]]
) -> None:
    draft = await begin(desk.world)
    await desk.log_in("xianban")
    opened = (await desk.get(f"{draft.path}/edit")).form("/edit")
    dated = {"send_at": f"{at(desk.world):%Y-%m-%dT%H:%M}"} if begin is a_broadcast else {}
    for _ in range(2):
        assert (await desk.send(opened, **{draft.field: MINE, **dated})).path == draft.path
    assert await draft.words() == MINE


async def test_whoever_is_alone_with_a_draft_saves_it_as_often_as_he_likes(desk: Desk) -> None:
    draft = await a_broadcast(desk.world)
    await desk.log_in("xianban")
    for words in ("第一遍", "第二遍"):
        opened = (await desk.get(f"{draft.path}/edit")).form("/edit")
        assert (await desk.send(opened, text_zh_CN=words)).path == draft.path
        assert await draft.words() == words
