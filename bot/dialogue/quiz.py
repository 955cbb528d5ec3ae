"""以考促学: one question a message, right or wrong with its reason at once, and at the end his own result.

Where somebody stands is in the buttons, and for who is enrolled in a row as well, so an old button, a second tap or
another phone of his count nothing twice.
"""

from typing import Final
from uuid import UUID

from bot.dialogue.screen import Stale, lasting, rows
from models.inbox import Turn
from models.outbox import Choice
from models.question import Question, bits, spoken
from models.sitting import NO_RECORD, Answered, Place, Sitting, answer, look, results, sit_down

LETTERS: Final = "ABCD"


async def begin(turn: Turn, quiz: str) -> None:
    """[做几道题]: the first question, or the one where he stopped."""
    if turn.draft.hosted:
        raise Stale
    sitting = await sit_down(UUID(hex=quiz), turn.contact.id)
    key = "quiz.begin_public" if sitting.number == NO_RECORD else "quiz.begin" if not sitting.no else "quiz.go_on"
    turn.say(key, params={"title": _title(turn, sitting), "many": len(sitting.quiz.questions)})
    _ask(turn, sitting)


async def press(turn: Turn, data: str) -> None:
    """`quiz:number:no:right:chosen`, and `:more` while he still picks. Stale for what no quiz of ours ever showed."""
    if turn.draft.hosted:
        raise Stale
    quiz, *rest = data.split(":")
    number, no, right, chosen = (int(one) for one in rest[:4])
    quiz_id, at = UUID(hex=quiz), Place(number, no, right)
    if rest[4:]:
        sitting = await look(quiz_id, turn.contact.id, at)
        _ask(turn, sitting, chosen if sitting.no == no else 0)
    else:
        _tell(turn, await answer(quiz_id, turn.contact.id, at, chosen))


async def own_results(turn: Turn) -> None:
    """我的成绩: shown in his own chat alone, and not while somebody else holds the phone."""
    found = [] if turn.draft.hosted else await results(turn.contact.id)
    if not found:
        turn.say("quiz.no_results")
        return
    turn.say("quiz.results")
    for one in found[:5]:
        params = {"title": one.quiz.title_in(turn.contact.language), "of": len(one.quiz.questions)}
        turn.say("quiz.result", params={**params, "best": one.best, "last": one.last, "tries": one.tries})


def _tell(turn: Turn, told: Answered) -> None:
    if told.known:
        turn.say("quiz.known")
    else:
        turn.say(
            "quiz.right" if told.is_right else "quiz.wrong",
            params={
                "right": "".join(LETTERS[place] for place in bits(told.question.right)),
                "why": spoken(told.question.why, turn.contact.language),
            },
        )
    if told.now.question:
        _ask(turn, told.now)
    else:
        _end(turn, told.now)


def _end(turn: Turn, sitting: Sitting) -> None:
    params = {"right": sitting.right, "of": len(sitting.quiz.questions)}
    anew = lasting(f"quiz:{sitting.quiz.id.hex}", "quiz.anew")
    if sitting.number == NO_RECORD:
        turn.say("quiz.end_public", params=params, choices=rows(anew))
    else:
        turn.say("quiz.end", params=params, choices=rows(anew, lasting("scores", "quiz.own_results")))


def _ask(turn: Turn, sitting: Sitting, chosen: int = 0) -> None:
    question = sitting.question
    if question is None:
        _end(turn, sitting)
        return
    language = turn.contact.language
    options = [f"{LETTERS[place]}. {spoken(words, language)}" for place, words in enumerate(question.options)]
    params = {
        "no": sitting.no + 1,
        "of": len(sitting.quiz.questions),
        "text": spoken(question.text, language),
        "options": "\n".join(options),
    }
    key = "quiz.ask" if question.is_single else "quiz.ask_several"
    turn.say(key, params=params, choices=_buttons(sitting, question, chosen))


def _buttons(sitting: Sitting, question: Question, chosen: int) -> tuple[tuple[Choice, ...], ...]:
    """One press answers, or, where several are right, picks; then one more hands it in."""
    chosen &= question.every
    at = f"answer:{sitting.quiz.id.hex}:{sitting.number}:{sitting.no}:{sitting.right}"
    letters = list(enumerate(LETTERS[: len(question.options)]))
    if question.is_single:
        return rows(
            *(lasting(f"{at}:{1 << place}", "quiz.letter", letter=letter) for place, letter in letters), width=4
        )
    picks = [
        lasting(
            f"{at}:{chosen ^ 1 << place}:more",
            "quiz.picked" if chosen >> place & 1 else "quiz.letter",
            letter=letter,
        )
        for place, letter in letters
    ]
    done = rows(lasting(f"{at}:{chosen}", "quiz.done")) if chosen else ()
    return (*rows(*picks, width=4), *done)


def _title(turn: Turn, sitting: Sitting) -> str:
    return sitting.quiz.title_in(turn.contact.language)
