"""The desk of the canary run: a real log-in, and words in every box; and a watch over files opened for writing."""

import logging
import os
import sys
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyotp

from bot.logs import quiet_libraries
from models import clock
from models.desk import inbox
from models.errors import Invalid
from models.matter import Matter
from models.session import log_in, opened
from models.staff import Invite, Staff
from models.terms import Side, TipStatus
from tests.faults.reaper import Ledger
from tests.world import PASSWORD

WRITING = os.O_WRONLY | os.O_RDWR


def watch(folder: Path, ledger: Ledger) -> None:
    """Every logger at DEBUG into a file, as if an operator had asked for it; and note who writes where."""
    (folder / "log").mkdir(exist_ok=True)
    logging.basicConfig(filename=folder / "log" / "debug.log", level=logging.DEBUG)
    quiet_libraries()
    for name in list(logging.root.manager.loggerDict):
        logging.getLogger(name).setLevel(logging.DEBUG)
    own = {str(folder / "log" / "debug.log"), os.devnull}

    def noting(event: str, given: tuple[Any, ...]) -> None:
        if event == "open" and not isinstance(given[0], int) and given[2] & WRITING and str(given[0]) not in own:
            ledger.note("wrote", given[0])

    sys.addaudithook(noting)


class Desk:
    """Answers, notes and summarises every tip once, with canary words."""

    def __init__(self, words: dict[str, str], ledger: Ledger, folder: Path) -> None:
        self._words, self._ledger = words, ledger
        self._seen: set[object] = set()
        # A browser outlives the server; and a code opens one session, so many lives could not log in anew.
        known = [line[1] for line in Ledger.read(folder) if line[0] == "cookie"]
        self._cookie = known[-1] if known else ""

    async def __call__(self) -> None:
        session = await opened(await self._door())
        assert session is not None
        for item in (await inbox(session.actor)).items:
            if item.tip_id in self._seen:
                continue
            matter = await Matter.open(session.actor, item.tip_id)
            if matter.tip.status is TipStatus.RECEIVED:
                await matter.accept(summary=self._words["summary"])
                await matter.note(self._words["note"])
            if not any(line.message.side is Side.DESK for line in await matter.thread()):
                await matter.reply(self._words["reply"], asks=True)
            self._seen.add(item.tip_id)

    async def _door(self) -> str:
        """Through the front door, with password and one-time code: perhaps the next, when a life died over this one."""
        if self._cookie:
            return self._cookie
        for ahead in (0, 30):
            code = pyotp.TOTP(self._words["seed"]).at(clock.now() + timedelta(seconds=ahead))
            with suppress(Invalid):
                self._cookie = (await log_in(login="shouli", password=PASSWORD, code=code)).cookie
                break
        self._ledger.note("cookie", self._cookie)
        staff = await Staff.get(login="shouli")
        self._ledger.note("invite", await Invite.issue(unit_id=staff.unit_id, role=staff.role, by=None))
        return self._cookie
