"""`qingfeng backup create`, `journal` and `restore`."""

import argparse
import sys
from pathlib import Path

from cli.console import DONE, Commands, Refusal, add, say

LESSON = """\
A backup is sealed to the backup key that 'qingfeng init' printed: only who has that paper opens it. It holds
no key file, no session and nothing half-typed. It may be made while serve runs. Attachments lie in FILES_URL,
encrypted: copy that folder beside it.
  qingfeng backup create /backups/monday.qfb       also writes monday.qfb.journal
  qingfeng backup journal /elsewhere/now.journal   whenever somebody was removed or a tip was destroyed

To restore: put the key file back, make an empty database ('qingfeng migrate'), then
  qingfeng backup restore /backups/monday.qfb --journal /elsewhere/now.journal < backup-key.txt
The journal tells what was deleted since: removed members' keys and destroyed tips would return without it.
Give the newest one there is; --without-journal only when there is none. The key is four lines of the printout.
"""


def register(commands: Commands) -> None:
    """Add `backup`."""
    group = add(commands, "backup", None, about="back up and restore the database", more=LESSON)
    inner = group.add_subparsers(metavar="ACTION", required=True)
    create = add(inner, "create", run_create, about="write a sealed backup to a new file", more=LESSON)
    create.add_argument("file", type=Path, metavar="FILE")
    journal = add(
        inner, "journal", run_journal, about="write what was deleted, for restoring older backups", more=LESSON
    )
    journal.add_argument("file", type=Path, metavar="FILE")
    restore = add(inner, "restore", run_restore, about="fill an empty database from a backup", more=LESSON)
    restore.add_argument("file", type=Path, metavar="FILE")
    restore.add_argument("--journal", type=Path, action="append", default=[], metavar="FILE")
    restore.add_argument("--without-journal", action="store_true", help="there is none: what was deleted may return")


async def run_create(given: argparse.Namespace) -> int:
    """The backup and, beside it, the journal as it is now."""
    from cli import house
    from models import backup
    from settings import Settings

    async with house.opened(Settings.from_environ()):
        try:
            rows = await backup.write(given.file)
        except OSError as error:
            raise Refusal(f"Cannot write {given.file}: {error.strerror}.") from None
        _write(given.file.with_name(f"{given.file.name}.journal"), await backup.journal_text())
    say(f"{rows} rows in {given.file}")
    return DONE


async def run_journal(given: argparse.Namespace) -> int:
    """The journal alone."""
    from cli import house
    from models import backup
    from settings import Settings

    async with house.opened(Settings.from_environ()):
        _write(given.file, await backup.journal_text())
    return DONE


async def run_restore(given: argparse.Namespace) -> int:
    """Backup and journal, in one transaction."""
    from cli import house
    from models import backup
    from models.shred import compact
    from settings import Settings

    if not given.journal and not given.without_journal:
        raise Refusal("Give --journal, or say --without-journal: what was deleted since the backup may return then.")
    lines = [line for path in given.journal for line in backup.read_journal(_read(path))]
    secret = _key()
    async with house.opened(Settings.from_environ()) as database:
        database.hold()
        rows = await backup.restore(given.file, secret, lines)
        clean = await compact(database)
    say(f"{rows} rows restored, {len(lines)} lines of the journal applied.")
    if not clean:
        say("What was deleted may still lie on this server's disk: see docs/operations.md, shredding.")
    return DONE


def _key() -> bytes:
    from models.keyfile import MistypedLine, from_paper
    from models.sealing import Refused

    if sys.stdin.isatty():
        say("The four lines of the backup key, then end with Ctrl-D:")
    lines = [line for line in sys.stdin.read().splitlines() if line.strip()]
    try:
        return from_paper(lines)
    except MistypedLine as error:
        raise Refusal(f"Line {error.number} of the backup key is not as printed.") from None
    except Refused:
        raise Refusal("These lines are no key: two printouts were mixed.") from None


def _read(path: Path) -> str:
    try:
        return path.read_text()
    except (OSError, ValueError):
        raise Refusal(f"There is no readable file {path}.") from None


def _write(path: Path, text: str) -> None:
    try:
        with path.open("x") as file:
            file.write(text)
    except OSError as error:
        raise Refusal(f"Cannot write {path}: {error.strerror}.") from None
