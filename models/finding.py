"""Finding a village by whatever people type: its name or an old one, with or without 村, in simplified or traditional
characters, in pinyin as they hear it, by initials, after the name of its township. One place for every door.

What was typed is compared as it stands first. Only when nothing fits do sounds count: 楊家坪 sounds like 杨家坪,
lanjing like nanjing, and one slip of the finger is forgiven.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from operator import itemgetter
from typing import TYPE_CHECKING, Final
from uuid import UUID

from models.terms import UnitKind
from models.text import folded

if TYPE_CHECKING:
    from models.unit import Node

Sound = frozenset[str]

SOUGHT: Final = frozenset({UnitKind.VILLAGE, UnitKind.TOWNSHIP})
EXACT, BEGINS, PART, SOUNDS, SLIP = range(5)
LONGEST: Final = 64
"""Nobody's place has a longer name; a whole story typed here finds nothing."""
_SHORTEST_SLIP: Final = 5
_ENDING: Final = re.compile("(.+?)(?:村委会|居委会|村|庄|屯|社区|居|镇|乡|街道)$")
_ALIKE: Final = (("zh", "z"), ("ch", "c"), ("sh", "s"), ("ng", "n"), ("v", "u"), ("ü", "u"), ("l", "n"), ("f", "h"))
"""What many dialects do not tell apart, in this order."""


@dataclass(frozen=True, slots=True)
class Spellings:
    """Every form of a place's names. Texts hold many forms: one that begins a name stands after a line break, one
    that begins a later syllable after a tab; to look into one long text is faster than to walk many short ones.
    """

    names: frozenset[str] = frozenset()
    typed: str = ""  # names, pinyin, initials
    heard: str = ""  # pinyin as it is heard
    latin: tuple[str, ...] = ()  # whole pinyin, as it is written and as it is heard
    sounds: tuple[tuple[Sound, ...], ...] = ()  # each character's readings
    syllables: Sound = frozenset()  # all of them


UNNAMED: Final = Spellings()


@lru_cache(maxsize=8_192)
def spellings(name: str, old_names: tuple[str, ...] = ()) -> Spellings:
    """With and without 村 or 镇, old names, pinyin, initials."""
    forms = sorted({form for full in (name, *old_names) for form in (full, stem(full))})
    read = [list(_readings_of(form)) for form in forms]
    usual, all_ = [ways[0] for ways in read], [way for ways in read for way in ways]
    names, whole = frozenset(map(folded, forms)), ["".join(way) for way in usual]
    sounds = tuple(_sounds(folded(form)) for form in forms)
    return Spellings(
        names=names,
        typed="".join(f"\n{form}" for form in (*names, *map(_initials, usual))) + _by_syllable(usual) + "\n",
        heard=smooth("".join(f"\n{form}" for form in map(_initials, all_)) + _by_syllable(all_)) + "\n",
        latin=tuple({*whole, *map(smooth, whole)}),
        sounds=sounds,
        syllables=frozenset(reading for form in sounds for sound in form for reading in sound),
    )


def _readings_of(form: str) -> Iterator[list[str]]:
    """Its syllables as they are mostly read, then with one of them read otherwise: 曾 is zeng before 家, 朝 is chao."""
    syllables = [_readings(character) for character in form]
    usual = [readings[0] for readings in syllables]
    yield usual
    for place, (_, *others) in enumerate(syllables):
        yield from ([*usual[:place], other, *usual[place + 1 :]] for other in others)


def _by_syllable(ways: list[list[str]]) -> str:
    """Where a name may be begun: at its first syllable, or at a later one."""
    return "".join("\n" + "\t".join("".join(way[start:]) for start in range(len(way))) for way in ways)


def _initials(syllables: list[str]) -> str:
    return "".join(one[0] for one in syllables)


def stem(name: str) -> str:
    """The name without what only says which kind of place it is; never nothing."""
    found = _ENDING.match(name)
    return found[1] if found else name


def smooth(latin: str) -> str:
    """Pinyin as a person who speaks dialect may spell it."""
    for one, other in _ALIKE:
        latin = latin.replace(one, other)
    return latin


def find(text: str, nodes: Iterable["Node"]) -> list["Node"]:
    """The places that fit, best first: villages before townships, then by name."""
    wanted = folded(text)
    if not wanted or len(wanted) > LONGEST:
        return []
    places = [node for node in nodes if node.kind in SOUGHT]
    found = list(_as_typed(wanted, places)) or list(_as_heard(wanted, places))
    best: dict[UUID, tuple[float, bool, str, Node]] = {}
    for rank, node in sorted((*_after_township(wanted, places), *found), key=itemgetter(0)):
        best.setdefault(node.id, (rank, node.kind is not UnitKind.VILLAGE, node.name, node))
    return [node for *_, node in sorted(best.values(), key=itemgetter(0, 1, 2))]


def _as_typed(wanted: str, places: list["Node"]) -> Iterator[tuple[float, "Node"]]:
    short = stem(wanted)
    for node in places:
        rank = _rank(wanted, node.spellings)
        if rank is None and short != wanted and short in node.spellings.names:
            rank = PART  # 李家庄 where the place is called 李家村
        if rank is not None:
            yield rank, node


def _rank(wanted: str, place: Spellings) -> int | None:
    if f"\n{wanted}" in place.typed:
        return EXACT if f"\n{wanted}\n" in place.typed else BEGINS
    inside = f"\t{wanted}" in place.typed or any(wanted in name for name in place.names)
    return PART if inside or any(len(name) > 1 and name in wanted for name in place.names) else None


def _after_township(wanted: str, places: list["Node"]) -> Iterator[tuple[float, "Node"]]:
    """石桥镇清水村, 石桥清水, shiqiaoqingshui: the village of that very township, before its namesakes."""
    for town in places:
        if town.kind is not UnitKind.TOWNSHIP:
            continue
        before = (*town.spellings.names, *town.spellings.latin)
        rests = {wanted[len(key) :] for key in before if len(key) > 1 and wanted.startswith(key)}
        for rest in (one for one in rests if len(one) > 1):
            below = [node for node in places if node.parent_id == town.id]
            ranked = list(_as_typed(rest, below)) or list(_as_heard(rest, below))
            yield from ((rank + 0.5, node) for rank, node in ranked if rank != PART)


def _as_heard(wanted: str, places: list["Node"]) -> Iterator[tuple[float, "Node"]]:
    if len(wanted) < 2:  # noqa: PLR2004  one syllable sounds like anything
        return
    if wanted.isascii():
        yield from _as_heard_in_latin(wanted, places)
        return
    told = _sounds(wanted)
    for node in places:
        place = node.spellings
        if all(place.syllables & sound for sound in told) and any(_within(told, sounds) for sounds in place.sounds):
            yield SOUNDS, node


def _as_heard_in_latin(wanted: str, places: list["Node"]) -> Iterator[tuple[float, "Node"]]:
    heard = smooth(wanted)
    for node in places:
        place = node.spellings
        if f"\n{heard}" in place.heard or f"\t{heard}" in place.heard:
            yield SOUNDS, node
        elif len(wanted) >= _SHORTEST_SLIP and any(one_slip(t, key) for t in {wanted, heard} for key in place.latin):
            yield SLIP, node


def _within(told: tuple[Sound, ...], sounds: tuple[Sound, ...]) -> bool:
    """Whether these syllables follow one another somewhere in the name."""
    last = len(sounds) - len(told)
    return any(all(a & b for a, b in zip(told, sounds[start:], strict=False)) for start in range(last + 1))


def one_slip(typed: str, meant: str) -> bool:
    """One letter wrong, missing, too many, or two in each other's place."""
    if not -2 < len(typed) - len(meant) < 2:  # noqa: PLR2004
        return False
    # A slip leaves one half as it was; that is quickly seen.
    half = len(typed) // 2 - 1
    if not meant.startswith(typed[:half]) and not meant.endswith(typed[half + 1 :]):
        return False
    same = next((n for n, (a, b) in enumerate(zip(typed, meant, strict=False)) if a != b), min(len(typed), len(meant)))
    one, other = typed[same:], meant[same:]
    return one[1:] in {other[1:], other} or one == other[1:] or (one[1::-1] + one[2:] == other and len(one) > 1)


def _sounds(text: str) -> tuple[Sound, ...]:
    return tuple(frozenset(map(smooth, _readings(character))) for character in text)


@lru_cache(maxsize=32_768)
def _readings(character: str) -> tuple[str, ...]:
    """How a character may be read, without tones, the usual way first; a letter is read as itself.

    One by one: a phrase book tells 朝 in 朝阳 as zhao, and knows few villages (settings.py leaves it out of memory).
    """
    from pypinyin import Style, pinyin

    [readings] = pinyin(character, style=Style.NORMAL, heteronym=True) or [[character]]
    return tuple(dict.fromkeys(reading.casefold() for reading in readings))
