"""`qingfeng staff list`: who has enrolled."""

import argparse

from cli.console import DONE, Commands, add, say


def register(commands: Commands) -> None:
    """Add `staff list`."""
    group = add(commands, "staff", None, about="list who has enrolled")
    inner = group.add_subparsers(metavar="ACTION", required=True)
    add(inner, "list", run, about="unit, role, login and name of every member of staff")


async def run(_given: argparse.Namespace) -> int:
    """One line each. Fingerprints are not shown: who compares must hear them from the person."""
    from cli import house
    from models.staff import Staff
    from models.unit import tree
    from settings import Settings

    async with house.opened(Settings.from_environ()):
        units = await tree()
        for member in await Staff.all().order_by("login"):
            state = "" if member.active else "  (not active)"
            say(f"{units[member.unit_id].office:16} {member.role:16} {member.login:24} {member.name}{state}")
    return DONE
