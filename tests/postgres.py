"""One PostgreSQL server for a whole test run, shared by all its workers and stopped by the last of them."""

import fcntl
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SETTINGS = {
    "fsync": "off",
    "full_page_writes": "off",
    "wal_recycle": "off",  # a recycled log file keeps what was shredded
    "synchronous_commit": "off",
    "listen_addresses": "",
    "max_connections": "200",
    "shared_buffers": "64MB",
}

RUNUSER = shutil.which("runuser") or "/usr/sbin/runuser"


def binaries() -> Path | None:
    """The folder with initdb and postgres, the newest where there are several."""
    found = [Path(path).resolve().parent for name in ("initdb", "postgres") if (path := shutil.which(name))]
    installed = sorted(
        Path("/usr/lib/postgresql").glob("*/bin"), key=lambda folder: int(folder.parent.name), reverse=True
    )
    return next((folder for folder in found + installed if (folder / "initdb").exists()), None)


def address(folder: Path, name: str) -> str:
    """The server listens on a socket in its own folder, so that runs on one machine never meet."""
    return f"postgres://postgres@/{name}?host={folder}"


@contextmanager
def shared_server(shared: Path) -> Iterator[Path]:
    """Yields the server's folder. `shared` is a folder all workers of this run know."""
    with (shared / "postgres.users").open("a+") as users:
        with _turn(shared):
            fcntl.flock(users, fcntl.LOCK_SH)
            folder = _running(shared) or _start(shared)
        try:
            yield folder
        finally:
            with _turn(shared):
                if _is_last(users):
                    _stop(folder)
                    (shared / "postgres.folder").unlink()


@contextmanager
def _turn(shared: Path) -> Iterator[None]:
    with (shared / "postgres.turn").open("w") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        yield


def _is_last(users: object) -> bool:
    try:
        fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)  # type: ignore[arg-type]
    except BlockingIOError:
        return False
    return True


def _running(shared: Path) -> Path | None:
    note = shared / "postgres.folder"
    return Path(note.read_text()) if note.exists() else None


def _start(shared: Path) -> Path:
    folder = Path(tempfile.mkdtemp(prefix="qingfeng-pg-"))  # short: a socket's path has at most 107 bytes
    if os.getuid() == 0:
        shutil.chown(folder, "postgres", "postgres")
    options = " ".join(f"-c {name}='{value}'" for name, value in SETTINGS.items())
    _run(folder, "initdb", "--no-sync", "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8")
    _run(folder, "pg_ctl", "start", "-w", "-l", str(folder / "log"), "-o", f"{options} -k {folder}")
    (shared / "postgres.folder").write_text(str(folder))
    return folder


def _stop(folder: Path) -> None:
    _run(folder, "pg_ctl", "stop", "-m", "immediate")
    shutil.rmtree(folder)


def _run(folder: Path, program: str, *arguments: str) -> None:
    """As user postgres when we are root, because the server refuses to run as root."""
    bin_folder = binaries()
    assert bin_folder is not None
    lower = [RUNUSER, "-u", "postgres", "--"] if os.getuid() == 0 else []
    command = [*lower, str(bin_folder / program), "-D", str(folder / "data"), *arguments]
    # To a file, not a pipe: the server outlives pg_ctl and would keep the pipe open.
    with (folder / "setup.log").open("a") as log:
        done = subprocess.run(command, cwd=folder, stdout=log, stderr=log, check=False)
    if done.returncode:
        raise RuntimeError(f"{program} failed: {(folder / 'setup.log').read_text()}")
