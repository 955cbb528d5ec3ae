"""What an import would do: lines of a spreadsheet and the present county go in, a plan comes out. Pure.

Villages come first, then stations, then officers, whatever order the sheets had, so that a station may lie in a village
of the same file. An empty cell changes nothing. Nothing is ever taken away by an import; townships are not made by one.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from models.arranging import OLD_NAMES, checked_reach
from models.db import new_id
from models.errors import Invalid
from models.finding import stem
from models.officer import NAME_LENGTH
from models.structure import LONGEST_NAME, former_names
from models.terms import UnitKind, UnitState
from models.text import clean, folded, has_controls
from models.unit import Node, Tree


class Column(StrEnum):
    """What a column of the spreadsheet says. Each is a catalog key `term.Column.<value>`."""

    TOWNSHIP = "township"
    VILLAGE = "village"
    OLD_NAMES = "old_names"
    STATION = "station"
    LANDLINE = "landline"
    ADDRESS = "address"
    HOURS = "hours"
    OFFICER = "officer"


class LineKind(StrEnum):
    """What a line is about, in the order in which lines are carried out."""

    VILLAGE = "village"
    STATION = "station"
    OFFICER = "officer"


class Judgement(StrEnum):
    """What a line would do."""

    NEW = "new"
    CHANGED = "changed"
    SAME = "same"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class Line:
    """A row of a sheet as it was read. `problem`: a key of what already was the matter with reading it."""

    kind: LineKind
    sheet: str
    number: int
    cells: Mapping[Column, str]
    problem: str = ""


@dataclass(slots=True)
class Planned:
    """A line with its judgement. `told` is what will be written, `former` what stood there before."""

    line: Line
    where: str = ""  # the place above, as a person reads it
    name: str = ""
    judgement: Judgement = Judgement.SAME
    object_id: UUID | None = None
    parent_id: UUID | None = None
    told: dict[str, Any] = field(default_factory=dict)
    former: dict[str, Any] = field(default_factory=dict)
    problem: dict[str, Any] = field(default_factory=dict)  # {"key": …, "params": …}


@dataclass(frozen=True, slots=True)
class Present:
    """The county as it stands. `serving`: (station, name) of every officer; `old_names`: of every village."""

    units: Tree
    old_names: Mapping[UUID, list[str]]
    serving: frozenset[tuple[UUID, str]] = frozenset()


ORDER: Final = {kind: place for place, kind in enumerate(LineKind)}
_PLACES: Final = {LineKind.VILLAGE: UnitKind.VILLAGE, LineKind.STATION: UnitKind.STATION}


def plan(lines: Iterable[Line], present: Present) -> list[Planned]:
    """Judge every line, in the order in which they would be carried out."""
    index = _Index(present)
    ordered = sorted(lines, key=lambda line: ORDER[line.kind])
    return [_judged(line, index) for line in ordered]


def _judged(line: Line, index: "_Index") -> Planned:
    planned = Planned(line)
    try:
        _require_readable(line)
        cells = {column: tidy(column, text) for column, text in line.cells.items()}
        _JUDGES[line.kind](planned, cells, index)
    except Invalid as wrong:
        planned.judgement, planned.problem = Judgement.WRONG, {"key": wrong.key, "params": wrong.params}
        planned.name, planned.where = planned.name or _shown(line), planned.where or _shown_place(line)
    return planned


def _require_readable(line: Line) -> None:
    if line.problem:
        raise Invalid(line.problem)


def tidy(column: Column, text: str) -> str:
    """A cell as it was meant: Chinese names lose the blanks that spread them. Invalid when it cannot be used."""
    if has_controls(text):
        raise Invalid("import.wrong.controls")
    text = clean(text)
    if column not in {Column.OLD_NAMES, Column.ADDRESS, Column.HOURS}:
        text = " ".join(text.split()) if text.isascii() else "".join(text.split())
    if column in _LONGEST and len(text) > _LONGEST[column]:
        raise Invalid("import.wrong.long", most=_LONGEST[column])
    return text


_LONGEST: Final = {
    **dict.fromkeys((Column.TOWNSHIP, Column.VILLAGE, Column.STATION), LONGEST_NAME),
    Column.OFFICER: NAME_LENGTH.stop - 1,
}


def _village(planned: Planned, cells: Mapping[Column, str], index: "_Index") -> None:
    town = index.township(cells.get(Column.TOWNSHIP, ""))
    name = planned.name = _required(cells, Column.VILLAGE)
    planned.where = town.name
    index.claim(planned, (town.id, name))
    wanted = former_names(cells.get(Column.OLD_NAMES, ""))
    known = index.place(town.id, name)
    if known is None:
        if alike := index.alike(town.id, name):
            raise Invalid("import.wrong.alike", name=alike)
        _make(planned, town.id, index, {"old_names": [old for old in wanted if old != name][-OLD_NAMES:]})
        return
    _require_kind(known, UnitKind.VILLAGE)
    before = index.present.old_names.get(known.id, [])
    after = [*before, *(old for old in wanted if old not in before and old != name)][-OLD_NAMES:]
    _change(planned, known, {"old_names": before}, {"old_names": after})


def _station(planned: Planned, cells: Mapping[Column, str], index: "_Index") -> None:
    parent_id, where = index.above(cells)
    name = planned.name = _required(cells, Column.STATION)
    planned.where = where
    index.claim(planned, (parent_id, name))
    reach = {part: text for part, text in checked_reach({c.value: t for c, t in cells.items()}).items() if text}
    known = index.place(parent_id, name)
    if known is None:
        _make(planned, parent_id, index, {"reach": reach})
        return
    _require_kind(known, UnitKind.STATION)
    _change(planned, known, {"reach": known.reach}, {"reach": {**known.reach, **reach}})


def _officer(planned: Planned, cells: Mapping[Column, str], index: "_Index") -> None:
    planned.name = cells.get(Column.OFFICER, "")
    planned.parent_id, planned.where = index.serves_at(cells)
    _required(cells, Column.OFFICER)
    index.claim(planned, (planned.parent_id, planned.name))
    known = (planned.parent_id, planned.name) in index.present.serving
    planned.judgement = Judgement.SAME if known else Judgement.NEW


_JUDGES: Final = {LineKind.VILLAGE: _village, LineKind.STATION: _station, LineKind.OFFICER: _officer}


def _required(cells: Mapping[Column, str], column: Column) -> str:
    if not cells.get(column):
        raise Invalid("import.wrong.missing", column=column.value)
    return cells[column]


def _require_kind(known: Node, kind: UnitKind) -> None:
    if known.kind is not kind:
        raise Invalid("import.wrong.other_kind", name=known.name)
    if known.state is UnitState.RETIRED:
        raise Invalid("import.wrong.retired", name=known.name)


def _make(planned: Planned, parent_id: UUID, index: "_Index", told: dict[str, Any]) -> None:
    """A place that an import withdrew comes back under its old id, for tips may name it."""
    withdrawn = index.withdrawn.get((parent_id, _PLACES[planned.line.kind], planned.name))
    planned.object_id = withdrawn or new_id()
    planned.judgement, planned.parent_id, planned.told = Judgement.NEW, parent_id, told
    index.add(planned)


def _change(planned: Planned, known: Node, former: dict[str, Any], told: dict[str, Any]) -> None:
    planned.object_id, planned.parent_id = known.id, known.parent_id
    if told != former:
        planned.judgement, planned.former, planned.told = Judgement.CHANGED, former, told


def _shown(line: Line) -> str:
    """Something of a line that cannot be used, so that a person knows which one is meant."""
    said = [clean(text)[:24] for column in reversed(Column) if (text := line.cells.get(column, ""))]
    return next(iter(said), "")


def _shown_place(line: Line) -> str:
    above = [Column.TOWNSHIP] if line.kind is LineKind.VILLAGE else [Column.TOWNSHIP, Column.VILLAGE]
    return " ".join(clean(text)[:24] for column in above if (text := line.cells.get(column, "")))


class _Index:
    """Who stands where: the county as it is, and what earlier lines add."""

    def __init__(self, present: Present) -> None:
        self.present = present
        self.withdrawn: dict[tuple[UUID, UnitKind, str], UUID] = {}
        self._towns: dict[str, list[Node]] = {}
        self._places: dict[tuple[UUID, str], Node] = {}
        self._below: dict[UUID, list[tuple[UUID, UnitKind, str]]] = {}
        self._alike: dict[tuple[UUID, str], str] = {}
        self._claimed: dict[tuple[LineKind, UUID, str], Line] = {}
        for node in present.units.nodes.values():
            self._learn(node)

    def _learn(self, node: Node) -> None:
        if node.kind is UnitKind.TOWNSHIP:
            self._towns.setdefault(folded(node.name), []).append(node)
        elif node.kind in _PLACES.values() and node.parent_id:
            if node.state is UnitState.WITHDRAWN:
                self.withdrawn[node.parent_id, node.kind, node.name] = node.id
                return
            self._places[node.parent_id, node.name] = node
            if node.serves:
                self._stands(node.id, node.parent_id, node.kind, node.name, self.present.old_names.get(node.id, []))

    def _stands(self, place_id: UUID, parent_id: UUID, kind: UnitKind, name: str, old_names: Iterable[str]) -> None:
        self._below.setdefault(parent_id, []).append((place_id, kind, name))
        if kind is UnitKind.VILLAGE:
            for form in {stem(name), *old_names} - {name}:
                self._alike.setdefault((parent_id, folded(form)), name)

    def add(self, planned: Planned) -> None:
        """A place that an earlier line makes."""
        if planned.object_id and planned.parent_id:
            kind, old_names = _PLACES[planned.line.kind], planned.told.get("old_names", [])
            self._stands(planned.object_id, planned.parent_id, kind, planned.name, old_names)

    def claim(self, planned: Planned, what: tuple[UUID, str]) -> None:
        """Invalid when an earlier line said the same."""
        first = self._claimed.setdefault((planned.line.kind, *what), planned.line)
        if first is not planned.line:
            raise Invalid("import.wrong.twice", sheet=first.sheet, number=first.number)

    def township(self, name: str) -> Node:
        """The one of this name. Invalid when there is none, or more than one."""
        if not name:
            raise Invalid("import.wrong.missing", column=Column.TOWNSHIP.value)
        found = self._towns.get(folded(name), [])
        if len(found) != 1:
            raise Invalid("import.wrong.township_twice" if found else "import.wrong.township", name=name)
        return found[0]

    def place(self, parent_id: UUID, name: str) -> Node | None:
        """The village or station that stands there already."""
        return self._places.get((parent_id, name))

    def alike(self, township_id: UUID, name: str) -> str:
        """A village there that is probably meant: it bore this name, or only one of the two says 村."""
        bare = self._alike.get((township_id, folded(name)), "")
        return bare or (stem(name) if stem(name) in self._villages(township_id) else "")

    def above(self, cells: Mapping[Column, str]) -> tuple[UUID, str]:
        """Where a station lies: in the village if one is named, else in the township."""
        town = self.township(cells.get(Column.TOWNSHIP, ""))
        village = cells.get(Column.VILLAGE, "")
        if not village:
            return town.id, town.name
        found = next(self._named(town.id, UnitKind.VILLAGE, village), None)
        if found is None:
            raise Invalid("import.wrong.village", name=village)
        return found, f"{town.name} {village}"

    def serves_at(self, cells: Mapping[Column, str]) -> tuple[UUID, str]:
        """An officer's station; without one, the only station of his village, else the village itself."""
        above_id, where = self.above(cells)
        station = cells.get(Column.STATION, "")
        if not station:
            if not cells.get(Column.VILLAGE):
                raise Invalid("import.wrong.missing", column=Column.VILLAGE.value)
            below = [place_id for place_id, kind, _ in self._below.get(above_id, []) if kind is UnitKind.STATION]
            return (below[0] if len(below) == 1 else above_id), where
        found = [*self._named(above_id, UnitKind.STATION, station)]
        if not found and not cells.get(Column.VILLAGE):
            villages = [place_id for place_id, kind, _ in self._below.get(above_id, []) if kind is UnitKind.VILLAGE]
            found = [one for village in villages for one in self._named(village, UnitKind.STATION, station)]
        if len(found) != 1:
            raise Invalid("import.wrong.station_twice" if found else "import.wrong.station", name=station)
        return found[0], f"{where} {station}"

    def _villages(self, township_id: UUID) -> set[str]:
        return {name for _, kind, name in self._below.get(township_id, []) if kind is UnitKind.VILLAGE}

    def _named(self, parent_id: UUID, kind: UnitKind, name: str) -> Iterator[UUID]:
        return (place for place, its, called in self._below.get(parent_id, []) if its is kind and called == name)
