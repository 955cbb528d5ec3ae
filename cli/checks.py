"""What `doctor` looks at. Each check answers findings: how bad, what, and what to do."""

import shutil
import stat
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from enum import StrEnum
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import aiohttp

    from models.routing import Offices
    from models.unit import Tree
    from settings import Settings

BAD_FREE, LOW_FREE = 200 * 1024**2, 2 * 1024**3
SKEW_WARN, SKEW_BAD = 15, 60  # one-time codes forgive thirty seconds
TIMEOUT_SECONDS: Final = 10
MOST_NAMES: Final = 20


class Level(StrEnum):
    """How bad."""

    OK = "OK"
    WARN = "WARN"
    BAD = "BAD"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the doctor's."""

    level: Level
    what: str
    advice: str = ""

    def __str__(self) -> str:
        return f"{self.level:5} {self.what}" + (f"\n      -> {self.advice}" if self.advice else "")


def _ok(what: str) -> Finding:
    return Finding(Level.OK, what)


def _warn(what: str, advice: str) -> Finding:
    return Finding(Level.WARN, what, advice)


def _bad(what: str, advice: str) -> Finding:
    return Finding(Level.BAD, what, advice)


async def settings_fit(settings: "Settings") -> AsyncIterator[Finding]:
    """Settings that are valid and still unwise."""
    yield _ok(f"settings: MODE={settings.mode}, TIP_ENTRY={settings.tip_entry}, {_backend(settings)}")
    for name, address in (("PUBLIC_URL", settings.public_url), ("PANEL_URL", settings.panel_url)):
        if not address.startswith("https://"):
            yield _warn(f"{name} is {address}", "people outside of this machine need https:// through a reverse proxy")


async def disk(settings: "Settings") -> AsyncIterator[Finding]:
    """Room for the database and files."""
    folder = settings.data_dir
    if not folder.is_dir():
        yield _bad(f"disk: there is no folder {folder}", "run 'qingfeng init', or set DATA_DIR")
        return
    free = shutil.disk_usage(folder).free
    told = f"disk: {free / 1024**3:.1f} GiB free beside {folder}"
    if free < BAD_FREE:
        yield _bad(told, "make room now: tips could not be stored")
    elif free < LOW_FREE:
        yield _warn(told, "make room soon")
    else:
        yield _ok(told)


async def keys(settings: "Settings") -> AsyncIterator[Finding]:
    """The key file is there, whole, and nobody else's to read."""
    from models.keyfile import KeyFile, UnsafeKeyFile

    path = settings.key_file
    if not path.is_file():
        yield _bad(f"keys: there is no key file {path}", "run 'qingfeng init', set KEY_FILE, or restore the file")
        return
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & 0o077:
        yield _bad(f"keys: {path} has mode {mode:04o}", f"others could read it: chmod 600 {path}")
        return
    try:
        KeyFile.load(path)
    except (UnsafeKeyFile, OSError):
        yield _bad(f"keys: {path} is not a readable key file", "restore it from your copy")
        return
    yield _ok(f"keys: {path}, mode {mode:04o}")


async def database(settings: "Settings") -> AsyncIterator[Finding]:
    """It answers, is up to date and undamaged, and is no demo."""
    from models.db import pending
    from models.db.database import sqlite_path

    path = sqlite_path(settings.database_url)
    if path is not None and not path.exists():
        yield _bad("database: there is none yet", "run 'qingfeng init'")
        return
    try:
        waiting = await pending(settings.database_url)
    except Exception as error:  # noqa: BLE001  whatever the driver says; its text may carry the address
        yield _bad(f"database: cannot be opened ({type(error).__name__})", "check DATABASE_URL and the server")
        return
    if waiting:
        yield _bad(f"database: {len(waiting)} migrations are pending", "stop serve, then run 'qingfeng migrate'")
        return
    async for finding in _inside(settings):
        yield finding


async def telegram(settings: "Settings") -> AsyncIterator[Finding]:
    """Telegram answers, knows the token, and agrees on the time."""
    import aiohttp

    if not settings.telegram_token:
        yield _warn("telegram: TELEGRAM_TOKEN is not set", "without it no bot runs; the sites do")
        return
    address = f"{settings.telegram_api_url}/bot{settings.telegram_token}/getMe"
    limit = aiohttp.ClientTimeout(total=TIMEOUT_SECONDS)
    try:
        async with (
            aiohttp.ClientSession(timeout=limit, proxy=settings.telegram_proxy or None) as session,
            session.get(address) as answer,
        ):
            findings = [await _identity(answer), *_skew(answer)]
    except (aiohttp.ClientError, TimeoutError, ValueError) as error:
        # Its text carries the address, and with it the token.
        yield _bad(
            f"telegram: {settings.telegram_api_url} cannot be reached ({type(error).__name__})",
            "check the network, TELEGRAM_API_URL and TELEGRAM_PROXY",
        )
        return
    for finding in findings:
        yield finding


async def _identity(answer: "aiohttp.ClientResponse") -> Finding:
    if answer.status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.NOT_FOUND}:
        return _bad("telegram: the token is refused", "copy TELEGRAM_TOKEN again from BotFather; it may be revoked")
    if answer.status != HTTPStatus.OK:
        return _bad(f"telegram: answered {answer.status}", "try again later; then check TELEGRAM_API_URL")
    told = await answer.json(content_type=None)
    return _ok(f"telegram: the bot is @{told['result']['username']}")


def _skew(answer: "aiohttp.ClientResponse") -> list[Finding]:
    try:
        theirs = parsedate_to_datetime(answer.headers["Date"]).timestamp()
    except (KeyError, ValueError):
        return []
    skew = abs(time.time() - theirs)
    told = f"clock: {skew:.0f} s away from Telegram's"
    if skew >= SKEW_BAD:
        return [_bad(told, "one-time codes fail: let chrony or systemd-timesyncd set the clock")]
    return [_warn(told, "set up time synchronisation") if skew >= SKEW_WARN else _ok(told)]


async def _inside(settings: "Settings") -> AsyncIterator[Finding]:
    """What only an open database tells."""
    from cli import house
    from models.county import County

    async with house.opened(settings):
        if settings.on_sqlite and await _damaged():
            yield _bad("database: the file is damaged", "stop serve, keep a copy of the file, restore a backup")
            return
        yield _ok(f"database: {_backend(settings)}, up to date and undamaged")
        county = await County.first()
        if county is None:
            yield _bad("county: none yet", "run 'qingfeng init'")
        elif county.demo:
            yield _bad("county: this is a demo database", "serve refuses it; point DATABASE_URL and DATA_DIR elsewhere")
        else:
            async for finding in _offices():
                yield finding
        async for finding in _kept():
            yield finding


async def _damaged() -> bool:
    from models.db import connection

    [answer] = await connection().execute_query_dict("PRAGMA quick_check(1)")
    return bool(answer["quick_check"] != "ok")


async def _offices() -> AsyncIterator[Finding]:
    from models.offices import offices
    from models.terms import RECEIVERS, UnitKind
    from models.unit import tree

    units, held = await tree(), await offices()
    county = units.county()
    if county is None or county.id not in held.case:
        yield _bad("units: the root unit is not open, the doors take nothing", "run 'qingfeng unit open'")
        return
    takers = [node for node in units.nodes.values() if node.kind in RECEIVERS and node.kind is not UnitKind.SUPERIOR]
    closed = [node.name for node in takers if node.id not in held.case]
    yield _ok(f"units: {len(takers) - len(closed)} of {len(takers)} offices are open")
    if closed:
        yield _warn(f"units: not open: {', '.join(closed)}", "their tips go to the office above until it opens them")
    if county.id not in held.custody:
        yield _bad("units: nobody keeps identities", "named tips are refused: run 'qingfeng unit open'")
    if units.superior() is None:
        yield _warn("units: no superior organ is on record", "matters that touch the county have no address to go to")
    for finding in _without_receiver(units, held):
        yield finding


def _without_receiver(units: "Tree", held: "Offices") -> Iterator[Finding]:
    """Places where some answer finds nobody. What touches the county is the superior's: see above."""
    from models.routing import unreceived
    from models.terms import Concerns

    lost: dict[Concerns, list[str]] = {}
    for place, told in unreceived(units, held):
        if told is not Concerns.COUNTY:
            lost.setdefault(told, []).append(place.name)
    for told, names in lost.items():
        more = f" and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else ""
        yield _bad(
            f"units: nobody receives what concerns '{told}' in {', '.join(names[:MOST_NAMES])}{more}",
            "ties recuse every office that could: end the keys of members who are tied there, or open another office",
        )


async def _kept() -> AsyncIterator[Finding]:
    """What is kept and why; and how much has had its time, for the jobs of `serve` to take."""
    from models.retention import RETENTION, counts

    due = {kept.data: count for kept, count in await counts()}
    for kept in RETENTION:
        waits = f"; {due[kept.data]} due now" if kept.data in due else ""
        yield _ok(f"kept: {kept.data}: {kept.told} ({kept.why}){waits}")


def _backend(settings: "Settings") -> str:
    return "SQLite" if settings.on_sqlite else "PostgreSQL"
