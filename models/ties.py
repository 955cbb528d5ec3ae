"""Ties: the units beside his own that a member belongs to by family, home or former post. Routing asks them.

A member declares his own; only the security administrator takes one back, for that lets his office see more.
A tie turns what is told from now on. What lies at his office already stays until somebody there decides: see
models/recusal.py and ADR 0009.
"""

from uuid import UUID

from models.actor import Actor
from models.audit import Act, Audit
from models.channel import kept_open
from models.county import County
from models.db import advisory_lock, transaction
from models.errors import Conflict, Invalid, NotFound
from models.policy import Action, require
from models.staff import Staff
from models.unit import Node, Tree, tree

MOST = 12


async def tie(actor: Actor, member: Staff, unit_id: UUID) -> None:
    """Note that the member belongs there too. Invalid for his own unit; Conflict when it is noted already, and when
    with it nobody could receive what is told of some place any more, whoever notes it: see models/channel.py.
    """
    require(actor, Action.DECLARE_TIES if actor.id == member.id else Action.SET_TIES, member)
    require_tie(await tree(), member.unit_id, unit_id)
    async with transaction():
        known = await _known(member)
        if unit_id.hex in known:
            raise Conflict("ties.known")
        if len(known) >= MOST:
            raise Invalid("ties.too_many", most=MOST)
        async with kept_open():
            await _store(actor, member, sorted({*known, unit_id.hex}))


async def untie(actor: Actor, member: Staff, unit_id: UUID) -> None:
    """Take a tie back. NotFound when there is none."""
    require(actor, Action.SET_TIES, member)
    async with transaction():
        known = await _known(member)
        if unit_id.hex not in known:
            raise NotFound
        await _store(actor, member, [one for one in known if one != unit_id.hex])


def require_tie(units: Tree, own: UUID, unit_id: UUID) -> None:
    """Invalid unless it is another unit of this county."""
    if units.get(unit_id) is None or unit_id == own:
        raise Invalid("ties.not_there")


def named_unit(units: Tree, name: str) -> Node:
    """The one unit that somebody means by its name. Invalid when there is none, or more than one."""
    wanted = "".join(name.split())
    exact = [node for node in units.nodes.values() if wanted in _names(units, node)]
    found = exact or units.search(wanted, limit=2)
    if not found:
        raise Invalid("ties.unknown", name=wanted)
    if len(found) > 1:
        raise Invalid("ties.several", name=wanted)
    return found[0]


def _names(units: Tree, node: Node) -> set[str]:
    above = units.get(node.parent_id)
    return {node.name, node.office, f"{above.name}{node.name}" if above else node.name}


async def _known(member: Staff) -> list[str]:
    """As stored now: two who add at once both have their way."""
    await advisory_lock(f"ties {member.id}")
    return list((await Staff.get(id=member.id)).belongs_to)


async def _store(actor: Actor, member: Staff, units: list[str]) -> None:
    await Staff.filter(id=member.id).update(belongs_to=units)
    await County.tree_changed()  # routing knows at once
    detail = {"units": units}
    await Audit.record(Act.TIES_SET, unit_id=member.unit_id, actor_id=actor.id, object_id=member.id, detail=detail)
