"""`qingfeng audit verify`: walk the hash chains of the audit trail."""

import argparse

from cli.console import DONE, REFUSED, Commands, add, say

LESSON = """\
Every unit's audit entries are chained by hashes. This walks all chains and prints the head of each.
Write the heads down outside of this server from time to time: whoever can change the database can also
forge a whole chain, but not one whose head you hold.
Exit code 1 when an entry is missing or was changed, or when entries stay without a place in their chain.
"""


def register(commands: Commands) -> None:
    """Add `audit verify`."""
    group = add(commands, "audit", None, about="check the audit trail", more=LESSON)
    inner = group.add_subparsers(metavar="ACTION", required=True)
    add(inner, "verify", run, about="walk every chain and print its head", more=LESSON)


async def run(_given: argparse.Namespace) -> int:
    """Heads, then problems."""
    from cli import house
    from models.audit import chain, verify
    from models.unit import tree
    from settings import Settings

    async with house.opened(Settings.from_environ()):
        units = await tree()
        await chain()  # serve does this each second; without it the newest entries would look lost
        heads, problems = await verify()
        for unit_id, head in heads.items():
            node = units.get(unit_id)
            say(f"{node.office if node else unit_id}  {head or '(nothing chained yet)'}")
    say(*problems)
    say(f"{len(heads)} chains, {len(problems)} problems.")
    return REFUSED if problems else DONE
