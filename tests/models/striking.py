"""Strikes a verb down at any place where it waits: cancelled there, or with its whole process killed."""

import asyncio
import os
import signal
from collections.abc import Coroutine, Generator
from typing import Any

Struck = asyncio.CancelledError
"""As when a request is cancelled: nothing of ours may catch it and go on."""


class Strike:
    """Awaits a coroutine and lets it die at its n-th wait. `waits` counts them."""

    def __init__(self, work: Coroutine[Any, Any, Any], *, at: int, kill: bool = False) -> None:
        self._work, self._at, self._kill = work, at, kill
        self.waits = 0

    def __await__(self) -> Generator[Any, Any, Any]:
        try:
            waited = self._work.send(None)
            while True:
                self.waits += 1
                if self.waits == self._at:
                    self._strike(waited)
                try:
                    answer = yield waited
                except BaseException as error:  # noqa: BLE001  what was waited for failed, or was struck
                    waited = self._work.throw(error)
                else:
                    waited = self._work.send(answer)
        except StopIteration as done:
            return done.value

    def _strike(self, waited: Any) -> None:
        if self._kill:
            os.kill(os.getpid(), signal.SIGKILL)
        if asyncio.isfuture(waited):
            waited.cancel()
