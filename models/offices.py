"""The offices that can take tips: their rings, and the ties of their members. Cached with the tree."""

from collections import defaultdict
from collections.abc import Sequence
from uuid import UUID

from models.errors import Corrupt
from models.ring import Grant, Ring
from models.routing import Offices, Route, keepers_from, route, touched_by
from models.terms import Concerns, RingPurpose
from models.unit import Tree, tree

_cache: dict[Tree, Offices] = {}


async def offices() -> Offices:
    """What routing must know, read again whenever the tree's version moved (opening, appointing, ties)."""
    return await _offices_in(await tree())


async def _offices_in(units: Tree) -> Offices:
    if units not in _cache:
        _cache.clear()
        _cache[units] = await read()
    return _cache[units]


async def find_route(place_id: UUID, concerns: Concerns) -> Route | None:
    """The route of a tip told now, or None when nobody here may take it."""
    units = await tree()
    return route(units, await _offices_in(units), place_id, concerns)


async def custody_rings(handler_id: UUID, place_id: UUID, concerns: Concerns) -> list[Ring]:
    """The rings that may keep an identity while this unit handles the matter, the nearest first."""
    units = await tree()
    keepers = keepers_from(units, await _offices_in(units), handler_id, touched_by(units, place_id, concerns))
    return await rings_of([(node.id, RingPurpose.CUSTODY) for node in keepers])


async def is_open() -> bool:
    """Whether any office can take a tip yet. Until then the doors say so."""
    return bool((await offices()).case)


async def ring_of(unit_id: UUID, purpose: RingPurpose) -> Ring:
    """The newest ring of a unit for this purpose."""
    return (await rings_of([(unit_id, purpose)]))[0]


async def rings_of(wanted: Sequence[tuple[UUID, RingPurpose]]) -> list[Ring]:
    """The newest ring of each unit and purpose, in one query. Corrupt when one is gone."""
    units, purposes = {unit_id for unit_id, _ in wanted}, {purpose for _, purpose in wanted}
    rings = await Ring.filter(unit_id__in=units, purpose__in=purposes).order_by("version")
    newest = {(ring.unit_id, ring.purpose): ring for ring in rings}
    if not newest.keys() >= set(wanted):  # routing saw their holders a moment ago
        raise Corrupt
    return [newest[each] for each in wanted]


async def read() -> Offices:
    """The offices as they are stored now, also what this transaction has just written."""
    held: dict[RingPurpose, set[UUID]] = defaultdict(set)
    ties: dict[UUID, set[UUID]] = defaultdict(set)
    grants = Grant.filter(staff__active=True).select_related("ring", "staff")
    async for grant in grants:
        held[grant.ring.purpose].add(grant.ring.unit_id)
        ties[grant.ring.unit_id] |= grant.staff.units() - {grant.ring.unit_id}
    return Offices(
        case=frozenset(held[RingPurpose.CASE]),
        oversight=frozenset(held[RingPurpose.OVERSIGHT]),
        custody=frozenset(held[RingPurpose.CUSTODY]),
        ties={unit: frozenset(tied) for unit, tied in ties.items()},
    )
