"""One question of a quiz: two to four options, which of them are right, and why."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from models.errors import Invalid
from models.terms import Language
from models.text import clean

MOST_QUESTIONS: Final = 20
OPTIONS: Final = range(2, 5)
MOST_OPTIONS: Final = OPTIONS[-1]
LONGEST_TEXT: Final = 300
LONGEST_OPTION: Final = 120

Words = dict[str, str]


@dataclass(frozen=True, slots=True)
class Question:
    """`right` has a bit for each right option, the first one in the lowest."""

    text: Words
    options: tuple[Words, ...]
    right: int
    why: Words

    @property
    def is_single(self) -> bool:
        """Whether one press answers it."""
        return self.right.bit_count() == 1

    @property
    def every(self) -> int:
        """All options at once: no answer lies beyond."""
        return (1 << len(self.options)) - 1

    def to_json(self) -> dict[str, Any]:
        """As stored."""
        return {"text": self.text, "options": list(self.options), "right": self.right, "why": self.why}

    @classmethod
    def from_json(cls, told: Mapping[str, Any]) -> "Question":
        """Back from storage."""
        return cls(told["text"], tuple(told["options"]), told["right"], told["why"])


def spoken(words: Mapping[str, str], language: str) -> str:
    """In this language; where there are no words in it, in Chinese."""
    return words.get(language) or words[Language.ZH_CN]


def bits(mask: int) -> list[int]:
    """The places of the options in an answer."""
    return [place for place in range(MOST_OPTIONS) if mask >> place & 1]


def questions_in(told: Sequence[Question]) -> list[Question]:
    """The questions as stored. Invalid, with the question's number, when one cannot be asked as it is."""
    if not told:
        raise Invalid("quiz.no_questions")
    if len(told) > MOST_QUESTIONS:
        raise Invalid("quiz.too_many", most=MOST_QUESTIONS)
    return [_checked(no, one) for no, one in enumerate(told, start=1)]


def words_in(told: Mapping[str, str], longest: int, key: str, **params: Any) -> Words:
    """Chinese always, others where there are words. Invalid with `key` when empty or too long."""
    words: Words = {language: found for language in Language if (found := clean(told.get(language, "")))}
    if Language.ZH_CN not in words or any(len(one) > longest for one in words.values()):
        raise Invalid(key, most=longest, **params)
    return words


def _checked(no: int, one: Question) -> Question:
    if len(one.options) not in OPTIONS:
        raise Invalid("quiz.options_bad", no=no)
    if not 0 < one.right <= one.every:
        raise Invalid("quiz.no_right", no=no)
    return Question(
        words_in(one.text, LONGEST_TEXT, "quiz.text_bad", no=no),
        tuple(words_in(option, LONGEST_OPTION, "quiz.option_bad", no=no) for option in one.options),
        one.right,
        words_in(one.why, LONGEST_TEXT, "quiz.why_bad", no=no),
    )
