"""Who will see a tip. Pure: the tree, the offices with keys and whom the matter concerns go in, a route comes out.

The reporter says whom the matter concerns. The handler is the nearest receiver from the place upward that is
not touched, not under a touched unit, and none of whose members belongs to a touched unit. The nearest such
receiver above the handler may oversee. No touched unit and nothing below one ever gets a row.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from uuid import UUID

from models.terms import RECEIVERS, Concerns, UnitKind
from models.unit import Node, Tree

PLACES = frozenset({UnitKind.VILLAGE, UnitKind.TOWNSHIP, UnitKind.COUNTY})
"""Where a matter may lie; the county stands for "I do not know"."""


@dataclass(frozen=True, slots=True)
class Offices:
    """What routing must know of the offices beside the tree."""

    case: frozenset[UUID]  # units whose case ring has holders
    oversight: frozenset[UUID]
    custody: frozenset[UUID]
    ties: Mapping[UUID, frozenset[UUID]]  # unit → every unit its active members belong to, besides itself


@dataclass(frozen=True, slots=True)
class Route:
    """The answer: who handles, who may oversee, who keeps identities, and who will not see it."""

    handler: Node
    overseer: Node | None
    keepers: tuple[Node, ...]  # of identities, the nearest first
    kept_from: tuple[Node, ...]

    @property
    def custodian(self) -> Node | None:
        """Who keeps the identity."""
        return self.keepers[0] if self.keepers else None


def touched_by(tree: Tree, place_id: UUID, concerns: Concerns) -> frozenset[UUID]:
    """The units that must not learn of the tip.

    "Not sure" and "not the township" keep it from the township as if it were touched: the reporter asked.
    A township official touches the whole township, its discipline office included (ADR 0004).
    """
    village = tree.nearest(place_id, UnitKind.VILLAGE)
    township = tree.nearest(place_id, UnitKind.TOWNSHIP)
    county = tree.county()
    if concerns is Concerns.COUNTY:
        return frozenset({county.id} if county else ())
    if concerns is Concerns.VILLAGE:
        return frozenset({village.id} if village else ())
    if township:
        return frozenset({township.id})
    # The place is not known more closely: no township may see it.
    return frozenset(node.id for node in tree.of_kind(UnitKind.TOWNSHIP)) - {place_id}


def route(tree: Tree, offices: Offices, place_id: UUID, concerns: Concerns) -> Route | None:
    """The route, or None when nobody here may take it and nothing may be stored."""
    touched = touched_by(tree, place_id, concerns)

    def clear(node: Node) -> bool:
        return may_receive(tree, offices, node.id, touched)

    upward = [node for node in tree.upward(place_id) if node.kind in RECEIVERS and clear(node)]
    handler = next((node for node in upward if node.id in offices.case), None)
    if handler is None:
        return None
    above = upward[upward.index(handler) + 1 :]
    return Route(
        handler=handler,
        overseer=next((node for node in above if node.id in offices.oversight), None),
        keepers=tuple(keepers_from(tree, offices, handler.id, touched)),
        kept_from=_kept_from(tree, place_id, touched, handler),
    )


def unreceived(tree: Tree, offices: Offices) -> Iterator[tuple[Node, Concerns]]:
    """Every place, with every answer for which no office may take what is told there."""
    return ((place, told) for place, told in _tellings(tree) if route(tree, offices, place.id, told) is None)


def closed(tree: Tree, before: Offices, after: Offices) -> Iterator[tuple[Node, Concerns]]:
    """Every place and answer that had a receiver before some office gained ties, and has none left after."""
    gained = {tie for unit, ties in after.ties.items() for tie in ties - before.ties.get(unit, frozenset())}
    for place, told in _tellings(tree) if gained else ():
        touched = touched_by(tree, place.id, told)
        if any(tree.under(tie, bad) for tie in gained for bad in touched):  # the others are as they were
            lost = route(tree, after, place.id, told) is None
            if lost and route(tree, before, place.id, told) is not None:
                yield place, told


def _tellings(tree: Tree) -> Iterator[tuple[Node, Concerns]]:
    places = [node for node in tree.nodes.values() if node.kind in PLACES and node.serves]
    return ((place, told) for place in places for told in Concerns)


def keepers_from(tree: Tree, offices: Offices, handler_id: UUID, touched: frozenset[UUID]) -> list[Node]:
    """The custodians' units from the handler upward that are clear of the matter."""
    kinds = RECEIVERS | {UnitKind.PANEL}
    upward = [node for node in tree.upward(handler_id) if node.kind in kinds and node.id in offices.custody]
    return [node for node in upward if may_receive(tree, offices, node.id, touched)]


def may_receive(tree: Tree, offices: Offices, unit_id: UUID, touched: frozenset[UUID]) -> bool:
    """Whether a unit may hold any row of a tip that touches these units. A panel stands apart from its parent."""
    if any(_beneath(tree, unit_id, bad) for bad in touched):
        return False
    ties = offices.ties.get(unit_id, frozenset())
    return not any(tree.get(tie) and tree.under(tie, bad) for tie in ties for bad in touched)


def _beneath(tree: Tree, unit_id: UUID, bad: UUID) -> bool:
    if unit_id == bad:
        return True
    node = tree.get(unit_id)
    return bool(node and node.kind is not UnitKind.PANEL and tree.under(unit_id, bad))


def _kept_from(tree: Tree, place_id: UUID, touched: frozenset[UUID], handler: Node) -> tuple[Node, ...]:
    """The units a reporter will want to hear named: those between the place and the handler, and the touched."""
    below: list[Node] = []
    for node in tree.upward(place_id):
        if node.id == handler.id:
            break
        if node.kind in {UnitKind.VILLAGE, UnitKind.TOWNSHIP, UnitKind.COUNTY}:
            below.append(node)
    named = {node.id for node in below}
    village = tree.nearest(place_id, UnitKind.VILLAGE)
    extra = [tree[unit] for unit in touched if village and unit not in named and tree.under(place_id, unit)]
    return (*below, *extra)
