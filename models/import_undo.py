"""Taking an import back, as long as nobody has built on it; and the slips with which its officers enrol.

Whether a place has tips is never asked: the answer would tell an administrator that there are some. A place taken
back is withdrawn, not deleted; it is gone for everybody, and its tips keep it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from models.actor import Actor
from models.audit import Act, Audit
from models.county import County
from models.db import advisory_lock, transaction
from models.errors import Conflict
from models.import_plan import Judgement, LineKind
from models.importing import Import, ImportRow, ImportState, find
from models.officer import Officer, OfficerChat
from models.policy import Action, require
from models.submission import Submission
from models.terms import UnitKind, UnitState
from models.unit import Unit, tree

MOST_SLIPS: Final = 600
"""Invitations on one page: far more than the officers of a large township."""


@dataclass(frozen=True, slots=True)
class Undone:
    """What was taken back, and how many rows stay for each reason."""

    gone: int
    kept: dict[str, int]


async def undo(actor: Actor, import_id: UUID) -> Undone:
    """导入撤销: officers who have not enrolled, then stations, villages and changed places. Conflict when it is undone.

    A running import stops where it is and is taken back as far as it came.
    """
    require(actor, Action.IMPORT_STRUCTURE)
    found = await find(actor, import_id)
    async with transaction():
        await advisory_lock("units")
        begun = [ImportState.RUNNING, ImportState.STOPPED, ImportState.DONE]
        if not await Import.filter(id=found.id, state__in=begun).update(state=ImportState.UNDONE):
            raise Conflict("import.not_begun" if found.state is ImportState.PREVIEW else "import.is_undone")
        applied = await ImportRow.filter(import_id=found.id, applied=True, object_id__not_isnull=True).order_by(
            "-place"
        )
        await _dismiss([row for row in applied if row.kind is LineKind.OFFICER])
        await _withdraw([row for row in applied if row.kind is not LineKind.OFFICER])
        await ImportRow.bulk_update([row for row in applied if row.kept], ["kept"], batch_size=200)
        await County.tree_changed()
        told = Undone(sum(not row.kept for row in applied), _by_reason(applied))
        detail = {"gone": told.gone, "kept": sum(told.kept.values())}
        await Audit.record(
            Act.IMPORT_UNDONE, unit_id=actor.unit_id, actor_id=actor.id, object_id=found.id, detail=detail
        )
    return told


async def kept(actor: Actor, import_id: UUID) -> list[ImportRow]:
    """The rows that stayed when it was undone."""
    found = await find(actor, import_id)
    return await ImportRow.filter(import_id=found.id).exclude(kept="").order_by("place")


async def _dismiss(rows: list[ImportRow]) -> None:
    """An appointment nobody took up is as if it had never been; one that was is ended by a person, not by this."""
    ids = [row.object_id for row in rows]
    enrolled = set(map(_id, await OfficerChat.filter(officer_id__in=ids).values_list("officer_id", flat=True)))
    enrolled |= set(map(_id, await Submission.filter(officer_id__in=ids).values_list("officer_id", flat=True)))
    ended = set(map(_id, await Officer.filter(id__in=ids, ended_on__not_isnull=True).values_list("id", flat=True)))
    for row in rows:
        row.kept = "enrolled" if row.object_id in enrolled else "ended" if row.object_id in ended else ""
    await Officer.filter(id__in=[row.object_id for row in rows if not row.kept]).delete()


async def _withdraw(rows: list[ImportRow]) -> None:
    """Stations before villages: `rows` stand in the reverse order of their making."""
    units = {unit.id: unit for unit in await Unit.filter(id__in=[row.object_id for row in rows])}
    busy = await _with_officers(units)
    children = Unit.filter(parent_id__in=list(units)).exclude(state=UnitState.WITHDRAWN)
    standing = {_id(row["id"]): _id(row["parent_id"]) for row in await children.values("id", "parent_id")}
    gone: list[UUID] = []
    for row in rows:
        unit = units[_id(row.object_id)]
        if not _as_imported(unit, row):
            row.kept = "edited"
        elif row.judgement is Judgement.CHANGED:
            await Unit.filter(id=unit.id).update(**row.former)
        elif unit.id in busy:
            row.kept = "officers"
        elif unit.id in standing.values():
            row.kept = "below"
        else:
            standing.pop(unit.id, None)
            gone.append(unit.id)
    await Unit.filter(id__in=gone).update(state=UnitState.WITHDRAWN, old_names=[], reach={})


async def _with_officers(units: Iterable[UUID]) -> set[UUID]:
    """Places where somebody serves, or served: an office must be able to say who did."""
    at = await Officer.filter(station_id__in=list(units)).distinct().values_list("station_id", flat=True)
    return set(map(_id, at))


def _as_imported(unit: Unit, row: ImportRow) -> bool:
    same = all(getattr(unit, column) == value for column, value in row.told.items())
    return same and unit.name == row.name and unit.parent_id == row.parent_id and unit.state is UnitState.SERVING


def _by_reason(rows: list[ImportRow]) -> dict[str, int]:
    reasons = [row.kept for row in rows if row.kept]
    return {reason: reasons.count(reason) for reason in dict.fromkeys(reasons)}


def _id(value: object) -> UUID:
    return value if isinstance(value, UUID) else UUID(str(value))


async def waiting_by_township(actor: Actor, import_id: UUID) -> dict[UUID, int]:
    """How many officers of this import could still enrol, by township (or whatever lies above the station)."""
    units, counts = await tree(), dict[UUID, int]()
    for officer in await _not_enrolled(actor, import_id):
        office = units.nearest(officer.station_id, UnitKind.TOWNSHIP) or units[officer.station_id]
        counts[office.id] = counts.get(office.id, 0) + 1
    return counts


async def slips(actor: Actor, import_id: UUID, township_id: UUID) -> list[tuple[Officer, str]]:
    """New invitations for the officers of a township who have not enrolled; those made before are void."""
    require(actor, Action.APPOINT_OFFICER)
    units = await tree()
    officers = [one for one in await _not_enrolled(actor, import_id) if units.under(one.station_id, township_id)]
    async with transaction():
        return [(officer, await officer.invite_again(actor)) for officer in officers[:MOST_SLIPS]]


async def _not_enrolled(actor: Actor, import_id: UUID) -> list[Officer]:
    found = await find(actor, import_id)
    mine = ImportRow.filter(import_id=found.id, kind=LineKind.OFFICER, object_id__not_isnull=True)
    ids = list(map(_id, await mine.values_list("object_id", flat=True)))
    enrolled = set(map(_id, await OfficerChat.all().values_list("officer_id", flat=True)))
    officers: list[Officer] = []
    for start in range(0, len(ids), 500):
        lot = Officer.filter(id__in=ids[start : start + 500], ended_on=None).select_related("station")
        officers += await lot.order_by("station__name", "name", "id")
    return [officer for officer in officers if officer.id not in enrolled]
