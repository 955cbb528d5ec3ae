"""A child that is one part of `qingfeng serve --only …`, by a clock that all children of a run share."""

import argparse
import json
import os
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cli import serve
from models import clock


async def part(order: dict[str, Any]) -> None:
    """The job: the real command, until it is killed or told to stop."""
    os.environ.update(order["env"])
    clock.set_source(shared_clock(Path(order["folder"])))
    await serve.run(argparse.Namespace(only=order["part"]))


def set_clock(folder: Path, at: datetime) -> None:
    """From here on it is this time for everybody who looks, and it runs."""
    fresh = folder / "clock.new"
    fresh.write_text(json.dumps([at.timestamp(), time.time()]))
    fresh.replace(folder / "clock")


def shared_clock(folder: Path) -> Callable[[], datetime]:
    """Time as the harness has set it."""

    def now() -> datetime:
        then, since = json.loads((folder / "clock").read_text())
        return datetime.fromtimestamp(then + time.time() - since, UTC)

    return now
