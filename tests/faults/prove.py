"""`python -m tests.faults.prove [--points 300] [--seed N]`: the kill and canary harnesses in full, with a table.

A fifth of the points is died on PostgreSQL where a server is installed. At the end faults are planted, and the
harness must find each of them.
"""

import argparse
import asyncio
import secrets
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

from tests.faults.campaign import Tally, plans, play, until
from tests.faults.canary import sing, sing_at_the_page
from tests.faults.nursery import ROOT, Nursery
from tests.faults.planted import (
    LEAKS,
    WEB_LEAKS,
    found_double,
    found_leak,
    found_loss,
    found_repeated_addition,
    found_unfiled_receipt,
)
from tests.faults.point import Plan
from tests.faults.template import Template
from tests.postgres import binaries, shared_server

ON_POSTGRES = 5
"""One point in so many."""
AT_THE_PAGE = 3
"""For so many deaths while residents chat, one while they are at the web page."""


def main() -> int:
    """0 when every promise was kept and every planted fault was found."""
    parser = argparse.ArgumentParser(description="Kill the process at many points, and look for words in clear.")
    parser.add_argument("--points", type=int, default=300)
    parser.add_argument("--broadcasts", type=int, default=200, help="broadcasts through bad weather, on each database")
    parser.add_argument("--seed", type=int, default=secrets.randbelow(10**6))
    wished = parser.parse_args()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="qingfeng-faults-")))
        server = stack.enter_context(shared_server(folder)) if binaries() else None
        return asyncio.run(_prove(folder, server, points=wished.points, seed=wished.seed, broadcasts=wished.broadcasts))


async def _prove(folder: Path, server: Path | None, *, points: int, seed: int, broadcasts: int) -> int:
    _say(f"seed {seed}")
    async with Nursery() as nursery:
        templates = [await Template.make(nursery, folder / "sqlite")]
        if server:
            templates.append(await Template.make(nursery, folder / "postgres", server))
        chat = await _killed(nursery, templates, folder / "chat", plans(seed), points)
        web = await _killed(nursery, templates, folder / "web", plans(seed, web=True), points // AT_THE_PAGE)
        missed = await _missed(nursery, templates[0], folder)
    storms = await _broadcasts(broadcasts, postgres=server is not None)
    leaks = [line for template in templates for line in await _sung(template, folder)]
    _say("\n".join(leaks) or "canaries: nothing was found in clear")
    _say("\n".join(f"PLANTED AND NOT FOUND: {fault}" for fault in missed) or "every planted fault was found")
    return int(bool(chat.bad or web.bad or missed or leaks or storms))


async def _killed(
    nursery: Nursery, templates: list[Template], folder: Path, wanted: Iterator[Plan], points: int
) -> Tally:
    """So many deaths at one door, over all databases."""
    began, tally = time.monotonic(), Tally()
    shares = [points] if len(templates) == 1 else [points - points // ON_POSTGRES, points]
    for template, share in zip(templates, shares, strict=True):
        await play(nursery, template, folder, until(share, wanted, tally), tally)
    _say(f"by the {folder.name}\n{tally.table()}\n{time.monotonic() - began:.0f} s, databases: {len(templates)}")
    return tally


async def _missed(nursery: Nursery, template: Template, folder: Path) -> list[str]:
    """Planted faults that the harness did not notice."""
    found = {
        "acknowledged before the commit, polling": await found_loss(nursery, template, folder / "p", webhook=False),
        "acknowledged before the commit, webhook": await found_loss(nursery, template, folder / "w", webhook=True),
        "marked in another transaction": await found_double(nursery, template, folder / "d"),
    }
    found |= {
        "a receipt before the commit, web": await found_unfiled_receipt(nursery, template, folder / "r"),
        "an addition without a mark, web": await found_repeated_addition(nursery, template, folder / "a"),
    }
    found |= {leak: await found_leak(template, folder / leak.replace(" ", "-"), leak) for leak in (*LEAKS, *WEB_LEAKS)}
    return [fault for fault, was_found in found.items() if not was_found]


async def _broadcasts(seeds: int, *, postgres: bool) -> bool:
    """Whether a broadcast broke a promise in some weather, or a fault planted there was not found."""
    database = "both" if postgres else "sqlite"
    command = [
        "-m",
        "pytest",
        "-q",
        "-n",
        "auto",
        "tests/faults/test_broadcasts.py",
        "tests/faults/test_sharing.py",
        "tests/models/test_calendar.py",
        "--db",
        database,
        "--broadcast-seeds",
        str(seeds),
        "--calendar-seeds",
        str(max(1, seeds // 20)),
    ]
    child = await asyncio.create_subprocess_exec(sys.executable, *command, cwd=ROOT)
    return bool(await child.wait())


async def _sung(template: Template, folder: Path) -> list[str]:
    """Every place typed into, by polling, by webhook and at the web page."""
    found = []
    for way in ("polling", "webhook"):
        place = folder / f"canary-{template.folder.name}-{way}"
        found += [f"{place.name}: {line}" for line in await sing(template, place, webhook=way == "webhook")]
    place = folder / f"canary-{template.folder.name}-page"
    return found + [f"{place.name}: {line}" for line in await sing_at_the_page(template, place)]


def _say(words: str) -> None:
    sys.stdout.write(f"{words}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
