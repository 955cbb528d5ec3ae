"""A process that has everything imported and forks a child per order: a life costs milliseconds, not a second.

Orders come as JSON lines on stdin, `{"folder": …, "job": "serve", …}`; births and deaths go out on stdout.
When stdin closes, every child is killed and the zygote leaves.
"""

import asyncio
import ctypes
import json
import os
import select
import signal
import sys
import traceback
from contextlib import suppress
from pathlib import Path
from typing import Any

from tests.faults import jobs

_DIE_WITH_PARENT = 1  # prctl(PR_SET_PDEATHSIG)


def main() -> None:
    """Until stdin closes."""
    wake, noise = os.pipe()
    os.set_blocking(noise, False)
    signal.set_wakeup_fd(noise, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    living: set[int] = set()
    pending = b""
    while True:
        ready, _, _ = select.select([0, wake], [], [])
        if wake in ready:
            os.read(wake, 4096)
            _bury(living)
        if 0 in ready:
            heard = os.read(0, 65536)
            if not heard:
                break
            *orders, pending = (pending + heard).split(b"\n")
            for order in orders:
                living.add(_bear(json.loads(order)))
    for pid in living:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)


def _bear(order: dict[str, Any]) -> int:
    pid = os.fork()
    if pid == 0:
        _live(order)
    _tell({"born": pid, "order": order["order"]})
    return pid


def _bury(living: set[int]) -> None:
    for pid in list(living):
        with suppress(ChildProcessError):
            gone, status = os.waitpid(pid, os.WNOHANG)
            if gone:
                living.discard(pid)
                _tell({"died": pid, "code": os.waitstatus_to_exitcode(status)})


def _tell(news: dict[str, Any]) -> None:
    os.write(1, json.dumps(news).encode() + b"\n")


def _live(order: dict[str, Any]) -> None:
    """In the child: never returns."""
    code = 1
    try:
        ctypes.CDLL(None).prctl(_DIE_WITH_PARENT, signal.SIGKILL)
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        log = os.open(Path(order["folder"]) / "child.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        os.dup2(log, 1)
        os.dup2(log, 2)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        asyncio.run(jobs.JOBS[order["job"]](order))
        code = 0
    except BaseException:  # noqa: BLE001  a child must never return into its parent's loop
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    main()
