"""The county in which every point is played: built once, then copied."""

import asyncio
import json
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from models import MODEL_MODULES, clock, passwords
from models.db import open_database, transaction
from models.house import House, enter, house
from models.keyfile import KeyFile
from models.sealed_files import LocalStore
from models.staff import Staff
from tests.databases import REAL, build, execute
from tests.faults.nursery import Nursery
from tests.postgres import address
from tests.world import World

DATABASE = "qingfeng.sqlite3"


@dataclass(frozen=True)
class Template:
    """A filled database and its key file. `server` is the folder of a PostgreSQL server, or None."""

    folder: Path
    server: Path | None

    @classmethod
    async def make(cls, nursery: Nursery, folder: Path, server: Path | None = None) -> "Template":
        """Built in a child, so that nothing global of ours changes."""
        await asyncio.to_thread(folder.mkdir, parents=True)
        made = cls(folder, server)
        if server:
            await asyncio.to_thread(asyncio.run, execute(server, f"CREATE DATABASE {made.name}"))
        await nursery.do(folder, "found", url=made.url)
        return made

    @property
    def name(self) -> str:
        return f"faults_{hash(str(self.folder)) & 0xFFFFFFFF:x}"

    @property
    def url(self) -> str:
        return address(self.server, self.name) if self.server else f"sqlite://{self.folder / DATABASE}"

    @property
    def told(self) -> dict[str, Any]:
        """Ids of units, seeds of members."""
        told: dict[str, Any] = json.loads((self.folder / "world.json").read_text())
        return told

    @contextmanager
    def copy(self, folder: Path) -> Iterator[str]:
        """The address of a copy, with its key file in `folder`."""
        folder.mkdir(parents=True)
        shutil.copy2(self.folder / "keys.json", folder / "keys.json")
        if self.server is None:
            shutil.copy2(self.folder / DATABASE, folder / DATABASE)
            yield f"sqlite://{folder / DATABASE}"
            return
        name = f"fault_{secrets.token_hex(6)}"
        _execute(self.server, f"CREATE DATABASE {name} TEMPLATE {self.name}")
        try:
            yield address(self.server, name)
        finally:
            _execute(self.server, f"DROP DATABASE {name} WITH (FORCE)")


def _execute(server: Path, statement: str) -> None:
    from tests.databases import apart

    apart(execute(server, statement))


async def found(order: dict[str, Any]) -> None:
    """The job: tables, county, people, keys."""
    folder = Path(order["folder"])
    await build(order["url"], REAL)
    async with await open_database(order["url"], modules=MODEL_MODULES):
        world = await World.build(folder)
        clock.set_source(None)
        async with transaction():
            await Staff.all().update(totp_last_step=0)  # the world's clock is ahead of the machine's
        house().keys.save(folder / "keys.json")
        units = {name: unit.id.hex for name, unit in world.units.items()}
        (folder / "world.json").write_text(json.dumps({"units": units, "seeds": world.seeds}))


def move_in(folder: Path) -> None:
    """Open the house of this folder."""
    enter(House(KeyFile.load(folder / "keys.json"), LocalStore(folder / "files"), argon2=passwords.CHEAP))
