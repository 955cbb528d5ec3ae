"""The command line. One small module per command; heavy libraries are imported inside the commands."""

import argparse
import sys
from collections.abc import Sequence

from cli import audit, backup, console, demo, doctor, init, invite, keys, migrate, recovery, serve, staff, unit
from settings import BadSettings

ABOUT = """\
Qingfeng (清风站): the reporting and outreach channel of village liaison stations.

To look around, with a made-up county and a simulated phone:
  qingfeng demo

To set up a real county, in this order:
  qingfeng recovery create     on another machine, if you can: three sheets of paper
  qingfeng init ...            key file, database, invitations for the first five people
  qingfeng serve               so that these five can enrol in the panel
  qingfeng unit open           at this console, comparing fingerprints by voice
  qingfeng doctor              whenever something seems wrong
"""
AFTER = """\
Settings come from the environment (DATABASE_URL, TELEGRAM_TOKEN ...): docs/operations.md lists them,
'qingfeng doctor' shows whether they work. 'qingfeng COMMAND --help' explains each command with examples.

Exit codes: 0 done; 1 refused, or a check found something; 2 the command line was not understood;
130 interrupted.
"""
INTERRUPTED = 130


def run(arguments: Sequence[str]) -> int:
    """Do what the command line says; answers the exit code."""
    given = parser().parse_args(arguments)
    try:
        code: int = given.run(given)
    except KeyboardInterrupt:
        return INTERRUPTED
    except BadSettings as error:
        console.complain(*error.problems, "docs/operations.md lists every setting.")
        return console.REFUSED
    except Exception as error:
        sentence = console.explained(error)
        if sentence is None:
            raise
        console.complain(sentence)
        return console.REFUSED
    return code


def parser() -> argparse.ArgumentParser:
    """Every command with its help."""
    top = argparse.ArgumentParser(
        prog="qingfeng", description=ABOUT, epilog=AFTER, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = top.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for module in (demo, serve, recovery, init, unit, invite, staff, migrate, backup, keys, doctor, audit):
        module.register(commands)
    return top


def main() -> None:
    """The console script."""
    sys.exit(run(sys.argv[1:]))
