"""`qingfeng unit open` and `unit list`."""

import argparse
from typing import TYPE_CHECKING

from cli.console import DONE, Commands, Refusal, add, ask, say

if TYPE_CHECKING:
    from models.staff import Staff
    from models.terms import Role
    from models.unit import Node, Tree, Unit

LESSON = """\
Opening makes the root unit's rings: from then on its office takes tips. The secretary and the custodian
have enrolled; each sees a fingerprint of twelve symbols in the panel. Let them read it out to you, in
person or on a line you trust, and type what you hear:
  qingfeng unit open
  qingfeng unit open --fingerprint 7KRM-Q4XD-9ETA --custodian-fingerprint 3HXA-W2PD-8MKC
A fingerprint that differs means that somebody put another key in this person's place: stop and look.
Other units are opened in the panel, by the secretary of the office above.
"""


def register(commands: Commands) -> None:
    """Add `unit`."""
    group = add(commands, "unit", None, about="open the root unit; list all units", more=LESSON)
    inner = group.add_subparsers(metavar="ACTION", required=True)
    opening = add(inner, "open", run_open, about="open the root unit, comparing fingerprints", more=LESSON)
    opening.add_argument("--fingerprint", metavar="SYMBOLS", help="as the secretary reads it out")
    opening.add_argument("--custodian-fingerprint", metavar="SYMBOLS", help="as the custodian reads it out")
    add(inner, "list", run_list, about="the tree of units, and which of them are open")


async def run_open(given: argparse.Namespace) -> int:
    """Custody first, so that the tree's new version tells running processes of both."""
    from cli import house
    from models.ring import open_custody, open_unit
    from models.terms import Role
    from settings import Settings

    async with house.opened(Settings.from_environ()):
        unit = await _root()
        custodian, secretary = await _member(unit, Role.CUSTODIAN), await _member(unit, Role.SECRETARY)
        heard = given.custodian_fingerprint or _hear(custodian, "--custodian-fingerprint")
        await _once(open_custody(unit, custodian=custodian, fingerprint=heard, by_id=None), "custody")
        heard = given.fingerprint or _hear(secretary, "--fingerprint")
        await _once(open_unit(unit, head=secretary, fingerprint=heard, by_id=None), "casework")
        say(f"{unit.office or unit.name} is open.")
    return DONE


async def run_list(_given: argparse.Namespace) -> int:
    """The tree, indented."""
    from cli import house
    from models.offices import offices
    from models.unit import tree
    from settings import Settings

    async with house.opened(Settings.from_environ()):
        units, taking = await tree(), (await offices()).case
        for node in units.children(None):
            _show(units, node, taking, depth=0)
    return DONE


def _show(units: "Tree", node: "Node", taking: frozenset[object], *, depth: int) -> None:
    state = "open" if node.id in taking else "-"
    say(
        f"{state:5} {node.kind:9} {'  ' * depth}{node.name}  {node.office if node.office != node.name else ''}".rstrip()
    )
    for child in units.children(node.id):
        _show(units, child, taking, depth=depth + 1)


async def _root() -> "Unit":
    from models.terms import UnitKind
    from models.unit import Unit

    unit = await Unit.filter(kind=UnitKind.COUNTY).first()
    if unit is None:
        raise Refusal("There is no county yet: run 'qingfeng init'.")
    return unit


async def _member(unit: "Unit", role: "Role") -> "Staff":
    from models.staff import Staff

    members = await Staff.filter(unit_id=unit.id, role=role, active=True).order_by("enrolled_at")
    if not members:
        raise Refusal(f"The {role} has not enrolled yet: 'qingfeng serve', then the invitation that init printed.")
    return members[0]


def _hear(member: "Staff", option: str) -> str:
    return ask(f"Fingerprint that {member.name} ({member.login}, {member.role}) reads out: ", option=option)


async def _once(opening: object, what: str) -> None:
    """An interrupted opening is finished by asking again: what is open already stays as it is."""
    from collections.abc import Awaitable
    from typing import cast

    from models.errors import Conflict, Invalid

    try:
        await cast("Awaitable[object]", opening)
    except Conflict:
        say(f"The ring for {what} is there already.")
    except Invalid:
        raise Refusal(
            f"This is not the fingerprint of the key on record; the ring for {what} was not made. Let it be read "
            "out again. If it still differs, the key was exchanged: do not go on."
        ) from None
