"""The demo's folder: seeded once, found again by the next start."""

import os
import shutil
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from cli.console import Refusal, say

if TYPE_CHECKING:
    from collections.abc import Mapping

    from settings import Settings

MARK = "made-up"
"""A file that only a seeded folder has: nothing else is ever migrated or thrown away by the demo."""


async def prepare(settings: "Settings", *, fresh: bool, phones: "Mapping[str, str]") -> None:
    """Make sure that the folder holds a complete demo. Seeded aside and then renamed: never half a county."""
    from models.db import migrate

    folder = settings.data_dir
    if fresh:
        _throw_away(settings)
    if folder.exists() and any(folder.iterdir()):
        _require_demo(settings)
        await migrate(settings.database_url)
        return
    aside = folder.with_name(f".{folder.name}.seeding")
    shutil.rmtree(aside, ignore_errors=True)
    say("Making up a county ...")
    seeding = replace(settings, data_dir=aside, database_url="", files_url="", key_file=Path())
    await _seed(seeding.derived(), phones)
    if folder.exists():
        folder.rmdir()
    aside.rename(folder)


async def _seed(settings: "Settings", phones: "Mapping[str, str]") -> None:
    from app import keep_calendar
    from cli import house
    from models import demo
    from models.db import migrate

    house.make_folders(settings)
    house.make_keys(settings)
    await migrate(settings.database_url)
    async with house.opened(settings, cheap_passwords=True):
        await demo.seed(phones, keep_calendar)
    (settings.data_dir / MARK).write_text("Everything in this folder is made up.\n")


def _throw_away(settings: "Settings") -> None:
    """Not from under a demo that is running."""
    from models.db.database import hold, sqlite_path

    if settings.data_dir.exists() and any(settings.data_dir.iterdir()):
        _require_demo(settings)
        path = sqlite_path(settings.database_url)
        held = hold(path) if path else None
        shutil.rmtree(settings.data_dir)
        if held is not None:
            os.close(held)


def _require_demo(settings: "Settings") -> None:
    """Real data is never taken for a demo's, much less thrown away."""
    if not (settings.data_dir / MARK).exists():
        raise Refusal(f"{settings.data_dir} is not empty and holds no demo: give another --data.")
