"""`qingfeng init`: key file, database, root unit, and the invitations of the first five people."""

import argparse
from collections.abc import Mapping
from typing import TYPE_CHECKING

from cli.console import DONE, Commands, Refusal, add, heading, say

if TYPE_CHECKING:
    from models.terms import Role

REACH = ("landline", "address", "hours", "hotline")
LESSON = """\
Run once, on the server, after 'qingfeng recovery create'. Example:
  qingfeng init --recovery-public recovery.pub \\
      --county 云岭县 --office 云岭县纪委监委 --reach landline=0000-1234567 --reach hotline=12388 \\
      --superior 云州市 --superior-office 云州市纪委监委 --superior-reach "address=清风大道1号"

It makes the key file (mode 0600), prints the backup key and a paper copy of the base key, creates the
database, and prints five invitations: three administrators, the root secretary, the custodian of
identities. Everything is printed once. Then: qingfeng serve, let the five enrol in the panel, and
qingfeng unit open. Until the unit is open the doors say that they are not open yet.
The superior's address is shown to residents whose matter nobody here may see.
"""


def register(commands: Commands) -> None:
    """Add `init`."""
    made = add(commands, "init", run, about="set up a new county", more=LESSON)
    made.add_argument("--recovery-public", required=True, metavar="WORD|FILE", help="from 'recovery create'")
    made.add_argument("--county", required=True, metavar="NAME", help="the county's name, such as 云岭县")
    made.add_argument("--office", required=True, metavar="NAME", help="how its office signs: 云岭县纪委监委")
    made.add_argument("--superior", metavar="NAME", help="the place of the organ above, such as 云州市")
    made.add_argument("--superior-office", metavar="NAME", help="how that organ signs", default="")
    for option, whose in (("--reach", "the office"), ("--superior-reach", "the superior organ")):
        made.add_argument(
            option,
            action="append",
            default=[],
            metavar="KEY=VALUE",
            help=f"how residents reach {whose}: {', '.join(REACH)}; may be repeated",
        )


async def run(given: argparse.Namespace) -> int:
    """All or nothing: what fails can be repeated."""
    from cli import house
    from cli.recovery import read_public
    from models.db import migrate
    from models.founding import Office, found_county
    from models.sealing import new_secret, public_of
    from settings import Settings

    settings = Settings.from_environ()
    root = Office(given.county, given.office, reach(given.reach))
    superior = given.superior and Office(given.superior, given.superior_office, reach(given.superior_reach))
    recovery, backup = read_public(given.recovery_public), new_secret()
    house.make_folders(settings)
    keys = house.make_keys(settings)
    await migrate(settings.database_url)
    async with house.opened(settings):
        await _refuse_second_county()
        founded = await found_county(
            root, superior=superior or None, recovery_public=recovery, backup_public=public_of(backup)
        )
    _print_keys(settings.key_file, keys.bases[0].secret, backup, recovery)
    _print_invites(founded.invites, settings.panel_url)
    return DONE


async def _refuse_second_county() -> None:
    from models.county import County

    if county := await County.first():
        raise Refusal(f"This database holds {county.name} already: one database serves one county.")


def reach(pairs: list[str]) -> dict[str, str]:
    """`KEY=VALUE` options as what residents are told."""
    told = dict(pair.partition("=")[::2] for pair in pairs)
    for key, value in told.items():
        if key not in REACH or not value.strip():
            raise Refusal(f"--reach {key}={value}: give {', '.join(REACH)}, each with a value.")
    return {key: value.strip() for key, value in told.items()}


def _print_keys(path: object, base: bytes, backup: bytes, recovery: bytes) -> None:
    from models.keyfile import paper_lines
    from models.sealing import fingerprint

    heading("RECOVERY KEY")
    say(f"Fingerprint of the public half: {fingerprint(recovery)} (compare with the sheets' printout)")
    heading("KEY FILE")
    say(f"{path}  (mode 0600; keep it out of every backup of the database)")
    heading("PAPER COPY OF THE BASE KEY: for the safe, without it a lost key file loses everything")
    say(*(f"  {number}  {line}" for number, line in enumerate(paper_lines(base), start=1)))
    heading("BACKUP KEY: for the operator, opens encrypted backups, kept away from them")
    say(*(f"  {number}  {line}" for number, line in enumerate(paper_lines(backup), start=1)))


def _print_invites(invites: "Mapping[Role, str]", panel: str) -> None:
    heading("INVITATIONS: each for one person, valid for seven days, shown only now")
    say(*(f"  {role!s:16} {code}" for role, code in invites.items()))
    say(
        "",
        f"Next: 'qingfeng serve'; each of the five enrols at {panel} with a password and an authenticator app;",
        "then 'qingfeng unit open', with the secretary and the custodian reading out their fingerprints.",
    )
