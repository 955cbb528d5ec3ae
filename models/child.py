"""Running a file of ours as a child process on a stranger's bytes: bounded in time and answer, without our secrets."""

import subprocess
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO


def run(
    worker: Path, arguments: Sequence[str], data: bytes, *, seconds: float, largest_answer: int
) -> tuple[int, bytes]:
    """The child's exit status and answer; negative when it had to be ended. Blocks: call it in a thread."""
    # Started as a file, isolated and without our environment: it imports nothing of ours, inherits no secret.
    command = [sys.executable, "-I", str(worker), *arguments]
    with subprocess.Popen(  # noqa: S603 - our own file, our own arguments
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={},
        cwd="/",
    ) as child:
        stdin, stdout = _pipes(child)
        alarm = threading.Timer(seconds, child.kill)
        feeder = threading.Thread(target=_feed, args=(stdin, data))
        alarm.start()
        feeder.start()
        try:
            answer = stdout.read(largest_answer + 1)
            if len(answer) > largest_answer:
                child.kill()
            status = child.wait()
        finally:
            child.kill()
            alarm.cancel()
            feeder.join()
    return status, answer


def _pipes(child: subprocess.Popen[bytes]) -> tuple[IO[bytes], IO[bytes]]:
    if child.stdin is None or child.stdout is None:
        raise RuntimeError("asked for pipes, got none")
    return child.stdin, child.stdout


def _feed(stdin: IO[bytes], data: bytes) -> None:
    # A child that gave up early leaves a broken pipe behind.
    with suppress(BrokenPipeError), stdin:
        stdin.write(data)
