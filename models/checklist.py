"""What a lesson must say, and what a case must be before anybody learns from it.

Case lessons (以案促改) teach only from closed and publicly notified cases, with names as published, and never from a
case of the readers' own office that is under appeal. Whatever is not ticked here cannot be proposed.
"""

from collections.abc import Collection, Mapping
from datetime import date
from typing import Final, NamedTuple
from uuid import UUID

from models import clock
from models.errors import Invalid
from models.terms import CaseCheck, Language, LessonKind
from models.text import clean

MAX_TITLE: Final = 60
MAX_BODY: Final = 3_000
MAX_PART: Final = 1_000
"""Of each part of a case. Together with its frame a lesson is one message on a phone; longer ones are files."""
MAX_PLACE: Final = 120
CASE_PARTS: Final = ("facts", "rule", "prevention")
"""What happened, which rule it broke, and how it could have been stopped."""

Words = dict[str, str]


class Told(NamedTuple):
    """One version as stored."""

    texts: dict[str, Words]
    officials_only: bool
    checks: list[str]
    notified_where: str
    notified_on: date | None
    material_id: UUID | None


def parts_of(kind: LessonKind) -> tuple[str, ...]:
    """What a lesson of this kind consists of, beside its title."""
    return CASE_PARTS if kind is LessonKind.CASE else ("body",)


def told_in(
    kind: LessonKind,
    *,
    texts: Mapping[Language, Mapping[str, str]],
    officials_only: bool = False,
    checks: Collection[CaseCheck] = (),
    notified_where: str = "",
    notified_on: date | None = None,
    material_id: UUID | None = None,
) -> Told:
    """A version as stored. Invalid when Chinese words are missing, a translation is half done, or words are too long.

    A draft may lack everything else: `require_ready` asks for it.
    """
    is_case = kind is LessonKind.CASE
    return Told(
        texts=_texts_in(kind, texts),
        officials_only=officials_only,
        checks=[one.value for one in CaseCheck if one in checks] if is_case else [],
        notified_where=_short(notified_where, MAX_PLACE) if is_case else "",
        notified_on=notified_on if is_case else None,
        material_id=None if is_case or kind is LessonKind.ARTICLE else material_id,
    )


def require_ready(kind: LessonKind, told: Told) -> None:
    """Invalid while a check is missing, or where and when the case was notified, or the file it is all about."""
    if kind is LessonKind.CASE:
        require_all(told.checks)
        if not told.notified_where or told.notified_on is None:
            raise Invalid("lesson.notified_missing")
        if told.notified_on > clock.today():
            raise Invalid("lesson.notified_future")
    elif kind is not LessonKind.ARTICLE and told.material_id is None:
        raise Invalid("lesson.material_missing")


def require_all(ticked: Collection[str]) -> None:
    """Invalid unless every check of a case is ticked."""
    if set(CaseCheck) - set(ticked):
        raise Invalid("lesson.checks_missing")


def _texts_in(kind: LessonKind, told: Mapping[Language, Mapping[str, str]]) -> dict[str, Words]:
    names = ("title", *parts_of(kind))
    cleaned = {language: {name: clean(told.get(language, {}).get(name, "")) for name in names} for language in Language}
    found: dict[str, Words] = {}
    for language, words in cleaned.items():
        if any(words.values()) or language is Language.ZH_CN:
            if not all(words.values()):
                raise Invalid("lesson.words_missing")
            found[language] = {name: _short(line, _most(name)) for name, line in words.items()}
    return found


def _most(name: str) -> int:
    return {"title": MAX_TITLE, "body": MAX_BODY}.get(name, MAX_PART)


def _short(line: str, most: int) -> str:
    line = clean(line)
    if len(line.encode("utf-16-le")) // 2 > most:  # as Telegram counts
        raise Invalid("lesson.words_long", most=most)
    return line
