"""`qingfeng recovery create`: the key of last resort, made before init and never stored by this system."""

import argparse
import base64
import binascii
import hashlib
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


def register(commands: Commands) -> None:
    """Add `recovery create`."""
    group = add(commands, "recovery", None, about="make the recovery key, before init", more=LESSON)
    inner = group.add_subparsers(metavar="ACTION", required=True)
    create = add(inner, "create", run, about="print three recovery sheets and the public half", more=LESSON)
    create.add_argument("--public-to", type=Path, metavar="FILE", help="also write the public half to a new file")


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
