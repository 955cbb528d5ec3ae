"""`qingfeng recovery`: the key of last resort, made before init, never stored by this system, used with two sheets."""

import argparse
import base64
import binascii
import hashlib
import sys
from pathlib import Path

from cli.console import DONE, Commands, Refusal, add, heading, say

PREFIX = "qfr1."
CHECK_BYTES = 6
PUBLIC_BYTES = 1216
KEEPERS = ("the secretary", "the deputy secretary", "the superior organ")
LESSON = """\
The recovery key opens the rings of every office, should their last member be gone. It exists only on
three sheets of paper: any two of them together are the key, one alone tells nothing.

Run this on a machine that is not the server, if you can, and print to a printer that keeps nothing:
  qingfeng recovery create --public-to recovery.pub | lp
Give the sheets to three people who do not share a safe: the secretary, the deputy, the superior organ.
Carry recovery.pub, which is no secret, to the server, and there: qingfeng init --recovery-public recovery.pub ...
Both commands show the same fingerprint; compare them.
"""

USE = """\
For the root unit, and for any custody, when nobody is left who holds the keys. The new head or custodian has
been invited and has enrolled; let this person read out the fingerprint that the panel shows. Then type the
seven lines of one sheet and the seven lines of another, or pass them as a file:
  qingfeng recovery use chen --fingerprint 7KRM-Q4XD-9ETA < two-sheets.txt
Afterwards this person holds every version of the rings that go with the role, and can appoint others. Put the
sheets back into their three safes. Other units are opened again in the panel, by the office above.
"""
SHEET_LINES = 7


def register(commands: Commands) -> None:
    """Add `recovery create` and `recovery use`."""
    group = add(commands, "recovery", None, about="make the recovery key, before init", more=LESSON)
    inner = group.add_subparsers(metavar="ACTION", required=True)
    create = add(inner, "create", run, about="print three recovery sheets and the public half", more=LESSON)
    create.add_argument("--public-to", type=Path, metavar="FILE", help="also write the public half to a new file")
    use = add(inner, "use", run_use, about="open a unit's rings with two sheets", more=USE)
    use.add_argument("login", metavar="LOGIN", help="the new head or custodian, who has enrolled")
    use.add_argument("--fingerprint", required=True, metavar="SYMBOLS", help="as this person reads it out")


async def run(given: argparse.Namespace) -> int:
    """Print the sheets; forget the secret."""
    from models.keyfile import make_sheets
    from models.sealing import fingerprint, new_secret, public_of

    secret = new_secret()
    public = public_of(secret)
    if given.public_to:
        _write(given.public_to, public_text(public))
    for sheet, keeper in zip(make_sheets(secret), KEEPERS, strict=True):
        heading(f"RECOVERY SHEET {sheet.number} of 3, for {keeper}")
        say(*(f"  {number}  {line}" for number, line in enumerate(sheet.lines(), start=1)))
        say("Any two different sheets open everything. Keep this one where the other two are not.", "\f")
    heading("PUBLIC HALF, no secret: pass it to 'qingfeng init --recovery-public'")
    say(public_text(public), f"Fingerprint: {fingerprint(public)}")
    return DONE


async def run_use(given: argparse.Namespace) -> int:
    """Two sheets, one person."""
    from cli import house
    from models.staff import Staff
    from models.succession import recover
    from models.unit import Unit
    from settings import Settings

    secret = _from_sheets()
    async with house.opened(Settings.from_environ()):
        person = await Staff.get_or_none(login=given.login.strip().lower(), active=True)
        if person is None:
            raise Refusal(f"Nobody active has the login {given.login}: 'qingfeng staff list' shows all.")
        rings = await recover(await Unit.get(id=person.unit_id), person, secret, given.fingerprint)
    say(f"{person.name} ({person.login}) was given {rings} rings.")
    return DONE


def _from_sheets() -> bytes:
    from models.keyfile import MistypedLine, Sheet, combine
    from models.sealing import Refused

    if sys.stdin.isatty():
        say("Seven lines of one sheet, seven of another, then end with Ctrl-D:")
    lines = [line for line in sys.stdin.read().splitlines() if line.strip()]
    sheets = []
    for name, part in (("first", lines[:SHEET_LINES]), ("second", lines[SHEET_LINES:])):
        try:
            sheets.append(Sheet.parse(part))
        except MistypedLine as error:
            raise Refusal(f"Line {error.number} of the {name} sheet is not as printed.") from None
    try:
        return combine(*sheets)
    except Refused:
        raise Refusal("These are not two different sheets of one set.") from None


def public_text(public: bytes) -> str:
    """The public half as one word with a check, so that a slip in copying cannot pass unnoticed."""
    return PREFIX + base64.urlsafe_b64encode(public + _check(public)).decode()


def read_public(given: str) -> bytes:
    """The public half from the word itself, or from a file that holds it."""
    text = given if given.startswith(PREFIX) else _read(Path(given))
    try:
        data = base64.b64decode("".join(text.removeprefix(PREFIX).split()), altchars=b"-_", validate=True)
    except (ValueError, binascii.Error):
        data = b""
    public, check = data[:-CHECK_BYTES], data[-CHECK_BYTES:]
    if len(public) != PUBLIC_BYTES or check != _check(public):
        raise Refusal(
            "--recovery-public is not what 'qingfeng recovery create' printed: something is missing or altered."
        )
    return public


def _check(public: bytes) -> bytes:
    return hashlib.sha256(b"qingfeng recovery" + public).digest()[:CHECK_BYTES]


def _read(path: Path) -> str:
    try:
        return path.read_text()
    except (OSError, ValueError):
        raise Refusal(f"--recovery-public: there is no readable file {path}.") from None


def _write(path: Path, text: str) -> None:
    try:
        with path.open("x") as file:
            file.write(text + "\n")
    except OSError as error:
        raise Refusal(f"--public-to: cannot write {path}: {error.strerror}.") from None
