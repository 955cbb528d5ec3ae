"""以考促学: approved by another, counted once, one's own result for oneself, totals for the office."""

import asyncio
from dataclasses import replace

import pytest

from models.errors import Conflict, Forbidden, Invalid, NotFound
from models.officer import Officer
from models.official import Official
from models.question import Question
from models.quiz import Quiz, of_lesson, propose
from models.quiz_totals import QuizTally, count_runs, totals
from models.reviewed import decide, waiting
from models.sitting import KEPT, Place, Run, answer, results, sit_down, sweep
from models.terms import QuizState
from models.veil import Veil
from tests.models import lessons
from tests.models.outreach import official, officials, person
from tests.models.quizzes import QUESTIONS, RIGHT, WRONG, ZH, published, takes, written
from tests.world import World


async def test_neither_author_nor_proposer_publishes_a_quiz_and_a_published_one_is_not_rewritten(world: World) -> None:
    quiz = await written(world, by="shuji")
    await propose(await world.actor("shouli"), quiz)
    for login in ("shuji", "shouli"):
        with pytest.raises((Forbidden, NotFound)):
            await decide(await world.actor(login), quiz, approve=True)
    with pytest.raises(Conflict):
        await sit_down(quiz.id, (await person(1)).id)
    await decide(await world.actor("fushuji"), quiz, approve=True)
    assert quiz.state is QuizState.PUBLISHED
    with pytest.raises(Conflict):
        await quiz.revise(await world.actor("shuji"), title=quiz.title, questions=QUESTIONS)
    with pytest.raises(NotFound):
        await Quiz.of(await world.actor("liuban"), quiz.id)


async def test_a_revised_quiz_needs_its_approval_anew(world: World) -> None:
    quiz = await written(world)
    await propose(await world.actor("xianban"), quiz)
    await quiz.revise(await world.actor("xianban"), title={ZH: "改过"}, questions=QUESTIONS)
    assert await waiting(quiz) is None
    with pytest.raises(Conflict):
        await decide(await world.actor("xianshuji"), quiz, approve=True)


@pytest.mark.parametrize("backend", ["sqlite"])
async def test_questions_that_cannot_be_asked_are_refused_with_their_number(world: World) -> None:
    good = QUESTIONS[0]
    bad: dict[str, list[Question]] = {
        "quiz.no_questions": [],
        "quiz.too_many": [good] * 21,
        "quiz.options_bad": [good, replace(good, options=good.options[:1], right=1)],
        "quiz.no_right": [good, replace(good, right=0)],
        "quiz.text_bad": [good, replace(good, text={})],
        "quiz.option_bad": [good, replace(good, options=({ZH: "长" * 121}, {ZH: "短"}))],
        "quiz.why_bad": [good, replace(good, why={ZH: " "})],
    }
    for key, questions in bad.items():
        with pytest.raises(Invalid) as told:
            await written(world, questions=questions)
        assert told.value.key == key
        assert told.value.params.get("no", 2) == 2
    with pytest.raises(Invalid):
        await written(world, title={ZH: ""})
    with pytest.raises(Invalid):
        await written(world, lesson_id=world.units["云岭县"].id)
    assert not await Quiz.exists()


async def test_double_taps_old_buttons_and_two_phones_count_once(world: World) -> None:
    quiz = await published(world)
    [contact] = await officials(world, 1)
    await asyncio.gather(*(sit_down(quiz.id, contact.id) for _ in range(4)))
    first = Place(1, 0)
    told = await asyncio.gather(*(answer(quiz.id, contact.id, first, chosen) for chosen in (0b010, 0b001, 0b010)))
    assert sorted(one.known for one in told) == [False, True, True]
    assert (await Run.get()).answers in ([0b010], [0b001])
    await answer(quiz.id, contact.id, Place(1, 1), 0b011)
    with pytest.raises(ValueError, match="no question"):
        await answer(quiz.id, contact.id, Place(2, 0), 1)
    with pytest.raises(ValueError, match="no such"):
        await answer(quiz.id, contact.id, Place(1, 2), 1)
    with pytest.raises(ValueError, match="no such"):
        await answer(quiz.id, contact.id, Place(1, 0), 0b1000)
    assert await count_runs() == 1
    assert await count_runs() == 0
    assert (await QuizTally.get()).people == 1


async def test_who_stops_goes_on_and_sees_his_best_and_his_last_alone(world: World) -> None:
    quiz = await published(world)
    contact, other = await officials(world, 2)
    await takes(quiz, contact, RIGHT[:1])
    assert (await sit_down(quiz.id, contact.id)).no == 1
    await answer(quiz.id, contact.id, Place(1, 1), 0b011)
    await takes(quiz, contact, WRONG)
    [found] = await results(contact.id)
    assert (found.best, found.last, found.tries) == (2, 0, 2)
    assert await results(other.id) == []
    await count_runs()
    tally = await QuizTally.get()
    assert (tally.people, tally.right, tally.chosen) == (1, 2, [[0, 1, 0], [1, 1, 0]])
    await Official.leave(contact.id)
    assert await results(contact.id) == []


async def test_officers_take_it_too_and_a_foreign_office_s_people_do_not(world: World) -> None:
    quiz = await written(world, by="shuji")
    await propose(await world.actor("shuji"), quiz)
    await decide(await world.actor("fushuji"), quiz, approve=True)
    _, code = await Officer.appoint(await world.actor("shouli"), station_id=world.units["清水村"].id, name="白联络")
    contact = await person(7)
    await Officer.enrol(code, contact.id)
    await takes(quiz, contact)
    assert [one.best for one in await results(contact.id)] == [2]
    _, foreign = await official(world, 8, unit="上湾村")
    with pytest.raises(Conflict):
        await sit_down(quiz.id, foreign.id)


async def test_a_resident_s_answers_leave_no_row(world: World) -> None:
    quiz, closed_to_all = await published(world, public=True), await published(world)
    contact = await person(9)
    sitting = await sit_down(quiz.id, contact.id)
    told = await answer(quiz.id, contact.id, Place(sitting.number, 0), 0b010)
    told = await answer(quiz.id, contact.id, Place(told.now.number, 1, told.now.right), 0b011)
    assert (told.now.right, told.now.question) == (2, None)
    assert not await Run.exists()
    for place in (Place(0, 0), Place(1, 0)):
        with pytest.raises(Conflict):
            await answer(closed_to_all.id, contact.id, place, 1)
    await quiz.close(await world.actor("xianban"))
    with pytest.raises(Conflict):
        await sit_down(quiz.id, contact.id)


async def test_answers_and_results_go_after_ninety_days_and_the_totals_stay(world: World) -> None:
    quiz = await published(world)
    for contact in await officials(world, 2):
        await takes(quiz, contact)
    await takes(quiz, (await official(world, 3))[1], RIGHT[:1])
    await count_runs()
    world.clock.forward(days=KEPT.days)
    assert await sweep() == 0
    world.clock.forward(minutes=1)
    assert await sweep() == 3
    assert not await Run.exists()
    assert (await QuizTally.get()).people == 2


async def test_the_office_sees_no_number_that_tells_of_fewer_than_five(world: World) -> None:
    quiz = await published(world)
    contacts = await officials(world, 7)
    for contact in contacts[:4]:
        await takes(quiz, contact)
    await count_runs()
    found = await totals(quiz)
    assert (found.people.veil, found.percent, found.spreads) == (Veil.FEW, None, [])
    for contact in contacts[4:6]:
        await takes(quiz, contact)
    await takes(quiz, contacts[6], WRONG)
    await count_runs()
    single, several = (await totals(quiz)).spreads
    assert [cell.veil for cell in single.chosen.cells] == [Veil.HELD, Veil.HELD, Veil.HELD]  # 1 + 6 of 7 would tell
    assert [cell.veil for cell in several.chosen.cells] == [Veil.MOST, Veil.MOST, Veil.FEW]


async def test_a_lesson_offers_each_reader_the_quiz_he_may_take(world: World) -> None:
    lesson = await lessons.published(world)
    inside = await published(world, lesson_id=lesson.id)
    assert await of_lesson(lesson.id, public=True) is None
    world.clock.forward(minutes=1)
    outside = await published(world, lesson_id=lesson.id, public=True)
    for public, quiz in ((True, outside), (False, outside)):
        assert await of_lesson(lesson.id, public=public) == quiz
    await outside.close(await world.actor("xianban"))
    assert await of_lesson(lesson.id, public=True) is None
    assert await of_lesson(lesson.id, public=False) == inside


async def test_an_officer_who_enrols_for_a_post_as_well_is_one_person(world: World) -> None:
    quiz, contact = await published(world), await person(7)
    _, code = await Officer.appoint(await world.actor("shuji"), station_id=world.units["清水村"].id, name="陈联络")
    await Officer.enrol(code, contact.id)
    await takes(quiz, contact)
    await official(world, 7, contact=contact)
    await takes(quiz, contact, WRONG)
    await count_runs()
    assert [tally.people for tally in await QuizTally.all()] == [1]
    [mine] = await results(contact.id)
    assert mine.tries == 2
