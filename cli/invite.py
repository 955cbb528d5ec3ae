"""`qingfeng invite`: an invitation at the console, for those whom nobody in the panel can invite yet."""

import argparse
from typing import TYPE_CHECKING

from cli.console import DONE, Commands, Refusal, add, say

if TYPE_CHECKING:
    from models.terms import Role
    from models.unit import Node

LESSON = """\
Normally the security administrator invites in the panel. The console invites only where that cannot be:
the first people of the root unit while it is not open (an invitation of init was lost, or ran out after
seven days), and administrators, should the last security administrator be gone. Examples:
  qingfeng invite 云岭县 secretary
  qingfeng invite 云岭县 security_admin
An invitation lets in; it opens nothing. Keys are granted by a member of the office, who compares
fingerprints.
"""


def register(commands: Commands) -> None:
    """Add `invite`."""
    made = add(commands, "invite", run, about="invite one of the first people", more=LESSON)
    made.add_argument("unit", metavar="UNIT", help="the unit's name, as 'qingfeng unit list' shows it")
    made.add_argument("role", metavar="ROLE", help="secretary, custodian, security_admin ...")


async def run(given: argparse.Namespace) -> int:
    """Print the code once."""
    from cli import house
    from models.staff import Invite
    from settings import Settings

    settings, role = Settings.from_environ(), _role(given.role)
    async with house.opened(settings):
        unit = await _unit(given.unit)
        await _refuse_if_the_panel_can(role)
        code = await Invite.issue(unit_id=unit.id, role=role, by=None)
    say(
        f"Invitation for {role} of {unit.office}: {code}", f"Valid for seven days, shown only now: {settings.panel_url}"
    )
    return DONE


def _role(given: str) -> "Role":
    from models.terms import Role

    try:
        return Role(given)
    except ValueError:
        raise Refusal(f"There is no role {given!r}: {', '.join(Role)}.") from None


async def _unit(name: str) -> "Node":
    from models.unit import tree

    found = [node for node in (await tree()).nodes.values() if name in {node.name, node.office, node.id.hex}]
    if len(found) != 1:
        raise Refusal(f"{len(found)} units are called {name!r}: 'qingfeng unit list' shows them all.")
    return found[0]


async def _refuse_if_the_panel_can(role: "Role") -> None:
    from models.offices import is_open
    from models.staff import Staff
    from models.terms import ADMINISTRATORS, Role

    if not await is_open():
        return
    if role in ADMINISTRATORS and not await Staff.exists(role=Role.SECURITY_ADMIN, active=True):
        return
    raise Refusal("The county is open: the security administrator invites in the panel.")
