"""`qingfeng migrate`: bring the database to the newest form."""

import argparse

from cli.console import DONE, Commands, add, say

LESSON = """\
Stop 'qingfeng serve' first: on SQLite the running server holds the file, and migrate refuses.
It applies everything or nothing, checks that no row was lost, and keeps a copy of the SQLite file from
before beside it until the next migration. Examples:
  qingfeng migrate --plan      what would be applied
  qingfeng migrate
"""


def register(commands: Commands) -> None:
    """Add `migrate`."""
    made = add(commands, "migrate", run, about="bring the database to the newest form", more=LESSON)
    made.add_argument("--plan", action="store_true", help="only say what would be applied")


async def run(given: argparse.Namespace) -> int:
    """Say what was done."""
    from cli import house
    from models.db import migrate, pending
    from settings import Settings

    settings = Settings.from_environ()
    if given.plan:
        waiting = await pending(settings.database_url)
        say(*(f"pending: {name}" for name in waiting) if waiting else ("Nothing is pending.",))
        return DONE
    house.make_folders(settings)
    applied = await migrate(settings.database_url)
    say(*(f"applied: {name}" for name in applied) if applied else ("The database is up to date.",))
    return DONE
