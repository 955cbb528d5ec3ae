"""A quiz as a form: read from what was sent, and back into fields. Blocks nobody wrote in are passed over."""

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from models.errors import Invalid
from models.question import MOST_OPTIONS, MOST_QUESTIONS, Question
from models.quiz import Quiz
from models.terms import Language

FIRST_BLOCKS: Final = 3
MORE_BLOCKS: Final = 2
"""Empty blocks beneath what is there."""


def quiz_in(form: Mapping[str, Any]) -> dict[str, Any]:
    """As `Quiz.revise` takes it. Invalid when a choice is no choice of ours."""
    lesson = str(form.get("lesson", ""))
    try:
        lesson_id = UUID(hex=lesson) if lesson else None
    except ValueError:
        raise Invalid("error.choice") from None
    blocks = [_question(form, no) for no in range(MOST_QUESTIONS + MORE_BLOCKS)]
    return {
        "title": {language: str(form.get(f"title-{language}", "")) for language in Language},
        "questions": [one for one in blocks if one],
        "public": form.get("public") == "yes",
        "lesson_id": lesson_id,
    }


def fields_of(quiz: Quiz | None) -> dict[str, str]:
    """As the form shows it: a flat table of fields, those without words left out."""
    if quiz is None:
        return {}
    fields = {f"title-{language}": words for language, words in quiz.title.items()}
    fields["read"] = quiz.stamp()
    fields |= {"public": "yes" if quiz.public else "", "lesson": quiz.lesson_id.hex if quiz.lesson_id else ""}
    for no, one in enumerate(quiz.asked):
        told = {"text": one.text, "why": one.why, **{f"option{k}": words for k, words in enumerate(one.options)}}
        fields |= {f"q{no}-{name}-{language}": text for name, words in told.items() for language, text in words.items()}
        fields |= {f"q{no}-right{k}": "yes" for k in range(len(one.options)) if one.right >> k & 1}
    return fields


def blocks_for(fields: Mapping[str, str]) -> int:
    """How many blocks the form shows: those written in, and some more."""
    written = [no for no in range(MOST_QUESTIONS + MORE_BLOCKS) if _question(fields, no)]
    return min(max(FIRST_BLOCKS, (written[-1] + 1 if written else 0) + MORE_BLOCKS), MOST_QUESTIONS)


def _question(form: Mapping[str, Any], no: int) -> Question | None:
    text, why = _words(form, f"q{no}-text"), _words(form, f"q{no}-why")
    options = [_words(form, f"q{no}-option{k}") for k in range(MOST_OPTIONS)]
    ticks = [form.get(f"q{no}-right{k}") == "yes" for k in range(MOST_OPTIONS)]
    told = [k for k, words in enumerate(options) if words or ticks[k]]
    if not (text or why or told):
        return None
    right = sum(1 << place for place, k in enumerate(told) if ticks[k])
    return Question(text, tuple(options[k] for k in told), right, why)


def _words(form: Mapping[str, Any], name: str) -> dict[str, str]:
    found = {language: str(form.get(f"{name}-{language}", "")) for language in Language}
    return {language: words for language, words in found.items() if words.strip()}
