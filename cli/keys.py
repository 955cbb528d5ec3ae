"""`qingfeng keys rotate transit|base`: new secrets in the key file."""

import argparse
from typing import TYPE_CHECKING

from cli.console import DONE, Commands, add, say

if TYPE_CHECKING:
    from models.keyfile import KeyFile
    from settings import Settings

LESSON = """\
Stop every 'qingfeng serve' first; on SQLite a running one is noticed and this refuses. Killed in the middle, run
the same command again: it takes up where it stopped.
  qingfeng keys rotate transit   monthly: what passes through is locked anew, then the old secret goes
  qingfeng keys rotate base      when the key file may have been read by others. Prints a new paper copy.
                                 Passwords and receipts are locked anew at their next use, so the former base
                                 secret stays in the key file.
"""


def register(commands: Commands) -> None:
    """Add `keys rotate`."""
    group = add(commands, "keys", None, about="rotate the secrets of the key file", more=LESSON)
    inner = group.add_subparsers(metavar="ACTION", required=True)
    rotate = add(inner, "rotate", run, about="put a new secret in front", more=LESSON)
    rotate.add_argument("which", choices=("transit", "base"))


async def run(given: argparse.Namespace) -> int:
    """The key file first, then the rows, then the key file again."""
    from settings import Settings

    settings = Settings.from_environ()
    return await (_transit(settings) if given.which == "transit" else _base(settings))


async def _transit(settings: "Settings") -> int:
    from cli import house
    from models.transit import drop_unnamed, relock_transit

    async with house.opened(settings) as database:
        database.hold()
        keys = house.load_keys(settings)
        if len(keys.transits) == 1:
            keys = _save(keys.with_new_transit(), settings)
    async with house.opened(settings) as database:
        database.hold()
        relocked = await relock_transit()
        kept = _save(await drop_unnamed(keys), settings)
    say(f"{relocked} rows locked anew; {len(kept.transits) - 1} former secrets kept.")
    return DONE


async def _base(settings: "Settings") -> int:
    from cli import house
    from models.keyfile import paper_lines
    from models.transit import adopt_base, base_adopted

    async with house.opened(settings) as database:
        database.hold()
        keys = house.load_keys(settings)
        if await base_adopted():
            keys = _save(keys.with_new_base(), settings)
    async with house.opened(settings) as database:
        database.hold()
        await adopt_base()
    say("The new base secret is in use. Its paper copy, for the safe:")
    say(*(f"  {number}  {line}" for number, line in enumerate(paper_lines(keys.bases[0].secret), start=1)))
    return DONE


def _save(keys: "KeyFile", settings: "Settings") -> "KeyFile":
    keys.save(settings.key_file, overwrite=True)
    return keys
