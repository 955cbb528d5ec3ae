"""`qingfeng serve`: the sites, the bot and the jobs."""

import argparse
from typing import TYPE_CHECKING

from cli.console import DONE, Commands, Refusal, add, on_uvloop, say

if TYPE_CHECKING:
    from settings import Settings

LESSON = """\
Runs the residents' site, the staff panel, the Telegram bot and the jobs, and stops gracefully on SIGTERM.
Without TELEGRAM_TOKEN everything but the bot runs. With an https:// PUBLIC_URL Telegram posts to
PUBLIC_URL/telegram, else the bot polls. Put a reverse proxy with TLS in front of both sites.

On PostgreSQL the parts may run as processes of their own, each of them more than once: jobs share the work,
of several bots one works and the others stand by:
  qingfeng serve --only public
  qingfeng serve --only panel
  qingfeng serve --only bot
  qingfeng serve --only jobs
On SQLite one process does everything, and a second one is refused.
"""


def register(commands: Commands) -> None:
    """Add `serve`."""
    made = add(commands, "serve", None, about="run the sites, the bot and the jobs", more=LESSON)
    made.add_argument("--only", choices=("public", "panel", "bot", "jobs"), help="one part (PostgreSQL only)")
    made.set_defaults(run=lambda given: on_uvloop(run(given)))


async def run(given: argparse.Namespace) -> int:
    """Until a signal comes."""
    import asyncio

    import app
    from cli import house, journal
    from settings import Settings

    settings = Settings.from_environ()
    parts = _parts(settings, given.only)
    stop = app.stop_signal()
    journal.start(settings.log_level)
    journal.watch(asyncio.get_running_loop())
    async with house.opened(settings) as database:
        await _refuse_unfit_database()
        database.hold()
        async with app.running(settings, database, parts):
            say(*_addresses(settings, parts), "Ready.")
            await stop.wait()
            say("Stopping.")
    return DONE


def _parts(settings: "Settings", only: str | None) -> tuple[str, ...]:
    from app import PARTS
    from models.terms import Mode

    if settings.mode is Mode.DEMO:
        raise Refusal("MODE=demo is for 'qingfeng demo'; serve knows full and front_door.")
    if only and settings.on_sqlite:
        raise Refusal("--only needs PostgreSQL: on SQLite one process does everything. Set DATABASE_URL.")
    if only == "bot" and not settings.telegram_token:
        raise Refusal("--only bot needs TELEGRAM_TOKEN.")
    return (only,) if only else PARTS


async def _refuse_unfit_database() -> None:
    from models.county import County

    county = await County.first()
    if county is None:
        raise Refusal("There is no county in this database yet: run 'qingfeng init'.")
    if county.demo:
        raise Refusal("This is a demo database, whose passwords everybody knows: serve does not touch it.")


def _addresses(settings: "Settings", parts: tuple[str, ...]) -> list[str]:
    heard = settings.bind_address
    lines = {
        "public": f"Residents' site  {settings.public_url}  (listening on {heard}:{settings.public_port})",
        "panel": f"Staff panel      {settings.panel_url}  (listening on {heard}:{settings.panel_port})",
        "bot": _bot_line(settings),
    }
    return [lines[part] for part in parts if part in lines]


def _bot_line(settings: "Settings") -> str:
    if not settings.telegram_token:
        return "Telegram bot     not running: TELEGRAM_TOKEN is not set"
    return f"Telegram bot     by {'webhook' if settings.by_webhook else 'polling'}"
