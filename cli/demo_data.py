"""The demo's folder: seeded once, found again by the next start."""

import shutil
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from cli.console import Refusal, say

if TYPE_CHECKING:
    from settings import Settings


async def prepare(settings: "Settings", *, fresh: bool) -> None:
    """Make sure that the folder holds a complete demo. Seeded aside and then renamed: never half a county."""
    from models.db import migrate

    folder = settings.data_dir
    if fresh:
        await _throw_away(settings)
    if folder.exists() and any(folder.iterdir()):
        await _require_demo(settings)
        await migrate(settings.database_url)
        return
    aside = folder.with_name(f".{folder.name}.seeding")
    shutil.rmtree(aside, ignore_errors=True)
    say("Making up a county ...")
    await _seed(replace(settings, data_dir=aside, database_url="", files_url="", key_file=Path()).derived())
    if folder.exists():
        folder.rmdir()
    aside.rename(folder)


async def _seed(settings: "Settings") -> None:
    from cli import house
    from models import demo
    from models.db import migrate

    house.make_folders(settings)
    house.make_keys(settings)
    await migrate(settings.database_url)
    async with house.opened(settings, cheap_passwords=True):
        await demo.seed()


async def _throw_away(settings: "Settings") -> None:
    if settings.data_dir.exists() and any(settings.data_dir.iterdir()):
        await _require_demo(settings)
        shutil.rmtree(settings.data_dir)


async def _require_demo(settings: "Settings") -> None:
    """Real data is never taken for a demo's, much less thrown away."""
    from cli import house
    from models.county import County
    from models.db import migrate

    if not settings.key_file.exists():
        raise Refusal(f"{settings.data_dir} is not empty and holds no demo: give another --data.")
    await migrate(settings.database_url)
    async with house.opened(settings, cheap_passwords=True):
        county = await County.first()
        if county is None or not county.demo:
            raise Refusal(f"{settings.data_dir} holds a real county: give another --data.")
