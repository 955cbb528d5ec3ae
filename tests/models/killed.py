"""A child process that dies in the middle of a verb: `python -m tests.models.killed URL KEYS FILES VERB WAITS ARG`."""

import asyncio
import sys
from pathlib import Path
from uuid import UUID

from models import MODEL_MODULES, house, passwords
from models.actor import Actor
from models.db import open_database
from models.house import House
from models.keyfile import KeyFile
from models.matter import Matter
from models.ring import Ring
from models.rotation import rotate
from models.sealed_files import LocalStore
from models.staff import Staff
from tests.models.staging import approved
from tests.models.striking import Strike
from tests.world import PASSWORD


async def main(url: str, keys: str, files: str, login: str, verb: str, waits: int, thing: str) -> None:
    async with await open_database(url, modules=MODEL_MODULES):
        house.enter(House(KeyFile.load(Path(keys)), LocalStore(Path(files)), argon2=passwords.CHEAP))
        staff = await Staff.get(login=login)
        actor = Actor(staff, await staff.open_secret(PASSWORD))
        if verb == "rotate":
            await Strike(rotate(actor, await Ring.get(id=UUID(thing))), at=waits, kill=True)
        elif verb == "upward":
            await Strike((await Matter.open(actor, UUID(thing))).seal_upward(), at=waits, kill=True)
        else:
            await Strike(approved(actor, UUID(thing)), at=waits, kill=True)


if __name__ == "__main__":
    url, keys, files, login, verb, waits, thing = sys.argv[1:]
    asyncio.run(main(url, keys, files, login, verb, int(waits), thing))
