"""Importing villages, stations and officers: a plan is stored and shown, then carried out in the background.

Nothing of the county changes before `start`. A job then carries rows out in small transactions, each of which also
marks its rows: killed in between, it goes on where it stopped, and no row is done twice. models/import_undo.py takes
an import back.
"""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from tortoise import fields
from tortoise.expressions import F
from tortoise.models import Model

from models import clock
from models.actor import Actor
from models.audit import Act, Audit
from models.county import County
from models.db import DatabaseBusy, IdField, UtcDatetimeField, advisory_lock, insert, transaction
from models.errors import Conflict, DomainError, Invalid, NotFound
from models.import_plan import Judgement, Line, LineKind, Planned, Present, plan
from models.officer import NAME_LENGTH, SERVES, Officer
from models.policy import Action, require
from models.staff import Staff
from models.terms import UnitKind, UnitState
from models.text import clean
from models.unit import Tree, Unit, tree

MOST_LINES: Final = 6_000
BATCH: Final = 200
PAGE: Final = 100
KEPT: Final = timedelta(days=30)
"""How long an import can be undone; then its rows, which hold names, are deleted."""
KEPT_PREVIEW: Final = timedelta(days=1)
WRITES: Final = (Judgement.NEW, Judgement.CHANGED)
_log = logging.getLogger(__name__)


class ImportState(StrEnum):
    """Where an import stands. Each is a catalog key `term.ImportState.<value>`."""

    PREVIEW = "preview"
    RUNNING = "running"
    STOPPED = "stopped"  # it could not go on; see `problem`
    DONE = "done"
    UNDONE = "undone"


class Import(Model):
    """One file. `total` counts the rows that write something, `done` those that have."""

    id = IdField()
    by_id: UUID = fields.UUIDField()
    file = fields.CharField(max_length=80)
    notes: list[dict[str, Any]] = fields.JSONField(default=list)  # what was left unread: {"key": …, "params": …}
    state = fields.CharEnumField(ImportState, max_length=8, default=ImportState.PREVIEW)
    problem = fields.CharField(max_length=64, default="")
    total = fields.IntField(default=0)
    done = fields.IntField(default=0)
    at: datetime = UtcDatetimeField()

    class Meta:
        table = "import"
        indexes = (("state", "at"),)

    @property
    def share(self) -> int:
        """Per cent done."""
        return 100 if self.done >= self.total else self.done * 100 // self.total


class ImportRow(Model):
    """One line with its judgement, in the order in which they are carried out."""

    id = IdField()
    import_id: UUID = fields.UUIDField()
    place = fields.IntField()
    kind = fields.CharEnumField(LineKind, max_length=8)
    sheet = fields.CharField(max_length=40)
    number = fields.IntField()
    judgement = fields.CharEnumField(Judgement, max_length=8)
    where = fields.CharField(max_length=200, default="")
    name = fields.CharField(max_length=64, default="")
    object_id: UUID | None = fields.UUIDField(null=True)
    parent_id: UUID | None = fields.UUIDField(null=True)
    told: dict[str, Any] = fields.JSONField(default=dict)
    former: dict[str, Any] = fields.JSONField(default=dict)
    problem: dict[str, Any] = fields.JSONField(default=dict)
    applied = fields.BooleanField(default=False)
    kept = fields.CharField(max_length=32, default="")  # after undo: why it stayed, a key

    class Meta:
        table = "import_row"
        unique_together = (("import_id", "place"),)

    @classmethod
    def of(cls, import_id: UUID, place: int, planned: Planned) -> "ImportRow":
        """A row not stored yet."""
        return cls(
            import_id=import_id,
            place=place,
            kind=planned.line.kind,
            sheet=clean(planned.line.sheet)[:40],
            number=planned.line.number,
            judgement=planned.judgement,
            where=planned.where[:200],
            name=planned.name[:64],
            object_id=planned.object_id,
            parent_id=planned.parent_id,
            told=planned.told,
            former=planned.former,
            problem=planned.problem,
        )


async def prepare(actor: Actor, *, file: str, lines: Sequence[Line], notes: Sequence[dict[str, Any]] = ()) -> Import:
    """Judge the lines against the present county and keep the plan. Invalid when there are none, or too many."""
    require(actor, Action.IMPORT_STRUCTURE)
    if not 0 < len(lines) <= MOST_LINES:
        raise Invalid("import.nothing" if not lines else "import.too_many", most=MOST_LINES)
    present = await _present()
    planned = await asyncio.to_thread(plan, lines, present)
    made = Import(by_id=actor.id, file=clean(file)[:80], notes=list(notes), at=clock.now())
    made.total = sum(one.judgement in WRITES for one in planned)
    rows = [ImportRow.of(made.id, place, one) for place, one in enumerate(planned)]
    async with transaction():
        await insert(made, *rows)
    return made


async def start(actor: Actor, import_id: UUID) -> Import:
    """导入: from here on the job works. Started twice it runs once; one that stopped goes on."""
    require(actor, Action.IMPORT_STRUCTURE)
    found = await find(actor, import_id)
    async with transaction():
        waiting = Import.filter(id=found.id, state__in=[ImportState.PREVIEW, ImportState.STOPPED])
        if await waiting.update(state=ImportState.RUNNING, problem="", by_id=actor.id):
            detail = {"rows": found.total}
            await Audit.record(
                Act.IMPORT_STARTED, unit_id=actor.unit_id, actor_id=actor.id, object_id=found.id, detail=detail
            )
        elif found.state is ImportState.UNDONE:
            raise Conflict("import.is_undone")
    return await find(actor, import_id)


async def find(actor: Actor, import_id: UUID) -> Import:
    """The import. NotFound when there is none for this actor."""
    require(actor, Action.IMPORT_STRUCTURE)
    found = await Import.get_or_none(id=import_id)
    if found is None:
        raise NotFound
    return found


async def latest(actor: Actor) -> list[Import]:
    """The newest imports."""
    require(actor, Action.IMPORT_STRUCTURE)
    return await Import.all().order_by("-at").limit(20)


@dataclass(frozen=True, slots=True)
class Rows:
    """A page of an import's rows, how many there are of each judgement, and where the next page begins."""

    items: list[ImportRow]
    counts: dict[tuple[LineKind, Judgement], int]
    after: int | None


async def rows(actor: Actor, import_id: UUID, *, after: int = -1, pick: Judgement | None = None) -> Rows:
    """One keyset page; with `pick` only rows judged so."""
    found = await find(actor, import_id)
    mine = ImportRow.filter(import_id=found.id)
    counts: dict[tuple[LineKind, Judgement], int] = {}
    for kind, judgement in await mine.values_list("kind", "judgement"):
        key = (LineKind(kind), Judgement(judgement))
        counts[key] = counts.get(key, 0) + 1
    wanted = mine.filter(place__gt=after)
    page = await (wanted.filter(judgement=pick) if pick else wanted).order_by("place").limit(PAGE + 1)
    return Rows(page[:PAGE], counts, page[PAGE - 1].place if len(page) > PAGE else None)


async def work() -> int:
    """The job: carry out what was started, batch by batch. Answers how many rows."""
    worked = 0
    while (running := await Import.filter(state=ImportState.RUNNING).order_by("at").first()) is not None:
        try:
            worked += await _batch(running.id)
        except DomainError as problem:
            await _stop(running.id, problem.key)
        except DatabaseBusy:
            raise  # the next wake-up goes on
        except Exception as error:  # noqa: BLE001  whatever it was: it must not keep back the imports behind it
            _log.error("an import stopped (%s)", type(error).__name__)  # its text may hold names
            await _stop(running.id, "import.failed")
        await asyncio.sleep(0)  # whoever waits for the database goes first
    return worked


async def _stop(import_id: UUID, problem: str) -> None:
    async with transaction():
        stopped = {"state": ImportState.STOPPED, "problem": problem}
        await Import.filter(id=import_id, state=ImportState.RUNNING).update(**stopped)


async def _batch(import_id: UUID) -> int:
    """The next rows of one kind, and their marks, in one transaction."""
    async with transaction():
        await advisory_lock("units")
        running = await Import.get_or_none(id=import_id, state=ImportState.RUNNING)
        if running is None:
            return 0
        actor = await _on_behalf_of(running.by_id)
        todo = ImportRow.filter(import_id=import_id, applied=False, judgement__in=WRITES)
        batch = await todo.order_by("place").limit(BATCH)
        batch = [row for row in batch if row.kind is batch[0].kind]
        if not batch:
            await Import.filter(id=import_id).update(state=ImportState.DONE)
            return 0
        await (_appoint(actor, batch) if batch[0].kind is LineKind.OFFICER else _build(actor, batch))
        await ImportRow.filter(id__in=[row.id for row in batch]).update(applied=True)
        await Import.filter(id=import_id).update(done=F("done") + len(batch))
        return len(batch)


async def _on_behalf_of(staff_id: UUID) -> Actor:
    """Whoever pressed 导入, without his key: none is needed. What he may no longer do, no job does for him."""
    staff = await Staff.get_or_none(id=staff_id)
    if staff is None:
        raise NotFound
    actor = Actor(staff, b"")
    require(actor, Action.IMPORT_STRUCTURE)
    return actor


async def _build(actor: Actor, batch: list[ImportRow]) -> None:
    """Villages or stations. What was built or changed by hand since the preview stays as it is."""
    units = {unit.id: unit for unit in await Unit.filter(id__in=[row.object_id for row in batch])}
    taken = await _standing({row.parent_id for row in batch})
    new, lines = list[Unit](), list[Audit]()
    for row in batch:
        unit, is_new = units.get(row.object_id) if row.object_id else None, row.judgement is Judgement.NEW
        if is_new and (row.parent_id, row.name) in taken:
            await _leave(row, standing=taken[row.parent_id, row.name])
        elif not is_new and not (unit and _is_as_planned(unit, row)):
            await _leave(row, standing=None)
        else:
            act = Act.UNIT_FOUNDED if is_new else Act.UNIT_EDITED
            lines.append(Audit.line(act, unit_id=actor.unit_id, actor_id=actor.id, object_id=row.object_id))
            if unit is None:
                new.append(_unit(row))
            else:
                await Unit.filter(id=unit.id).update(**row.told, **({"state": UnitState.SERVING} if is_new else {}))
    await insert(*new, *lines)
    await County.tree_changed()


async def _standing(parents: set[UUID | None]) -> dict[tuple[UUID | None, str], UUID]:
    """Every unit under these, by parent and name."""
    below = Unit.filter(parent_id__in=list(parents)).exclude(state=UnitState.WITHDRAWN)
    return {(row["parent_id"], row["name"]): row["id"] for row in await below.values("id", "parent_id", "name")}


def _is_as_planned(unit: Unit, row: ImportRow) -> bool:
    return unit.state is UnitState.SERVING and all(getattr(unit, name) == value for name, value in row.former.items())


async def _leave(row: ImportRow, *, standing: UUID | None) -> None:
    """The row writes nothing; what was to lie below it lies below the one that stands there."""
    if standing:
        below = ImportRow.filter(import_id=row.import_id, parent_id=row.object_id)
        await below.update(parent_id=standing)
    await ImportRow.filter(id=row.id).update(object_id=None)


def _unit(row: ImportRow) -> Unit:
    kind = UnitKind.VILLAGE if row.kind is LineKind.VILLAGE else UnitKind.STATION
    place = {"parent_id": row.parent_id, "kind": kind, "order": row.place}
    return Unit(id=row.object_id, name=row.name, office=row.name, **place, **row.told)


async def _appoint(actor: Actor, batch: list[ImportRow]) -> None:
    """Officers, with invitations nobody has seen: `slips` makes those that are printed. A row that no longer fits
    is left with its reason, and keeps no other from being carried out.
    """
    units, serving = await tree(), set(await _serving({row.parent_id for row in batch if row.parent_id}))
    fresh = list[tuple[ImportRow, UUID]]()
    for row in batch:
        problem = _misfit(units, actor, row, serving)
        if problem or row.parent_id is None:
            row.object_id, row.problem = None, {"key": problem, "params": {"name": row.name}}
        else:
            serving.add((row.parent_id, row.name))
            fresh.append((row, row.parent_id))
    appointed = await Officer.appoint_many(actor, [(station_id, row.name) for row, station_id in fresh])
    for (row, _), (officer, _code) in zip(fresh, appointed, strict=True):
        row.object_id = officer.id
    await ImportRow.bulk_update(batch, ["object_id", "problem"], batch_size=BATCH)


def _misfit(units: Tree, actor: Actor, row: ImportRow, serving: set[tuple[UUID, str]]) -> str:
    """Why the officer cannot be appointed as planned, as a key; empty when he can."""
    station = units.get(row.parent_id)
    if station is None or station.kind not in SERVES or not station.serves:
        return "import.station_gone"
    if not units.under(station.id, actor.unit_id):
        return "import.station_gone"
    if len(" ".join(clean(row.name).split())) not in NAME_LENGTH:
        return "officer.name_bad"
    return "officer.serves_already" if (station.id, row.name) in serving else ""


async def _serving(stations: set[UUID] | None = None) -> frozenset[tuple[UUID, str]]:
    serving = (
        Officer.filter(ended_on=None) if stations is None else Officer.filter(station_id__in=stations, ended_on=None)
    )
    return frozenset([(UUID(str(at)), name) for at, name in await serving.values_list("station_id", "name")])


async def _present() -> Present:
    villages = await Unit.filter(kind=UnitKind.VILLAGE).values("id", "old_names")
    return Present(await tree(), {row["id"]: row["old_names"] for row in villages}, await _serving())


async def sweep() -> int:
    """Delete previews after a day, and the rows of imports, which hold names, after thirty. A job."""
    now = clock.now()
    old = await Import.filter(state=ImportState.PREVIEW, at__lt=now - KEPT_PREVIEW).values_list("id", flat=True)
    old += await Import.filter(at__lt=now - KEPT).exclude(state=ImportState.RUNNING).values_list("id", flat=True)
    async with transaction():
        await ImportRow.filter(import_id__in=old).delete()
        return await Import.filter(id__in=old).delete()
