"""`qingfeng doctor`: looks at everything and says what to do."""

import argparse

from cli.console import DONE, REFUSED, Commands, add, say

LESSON = """\
Checks settings, key file, disk, database (migrations, damage), Telegram (token, clock) and which offices
are open; lists what is kept, for how long and why, and what of it is due. Each line is OK, WARN or BAD, and BAD
and WARN say what to do. It changes nothing and may run beside serve. Exit code 1 when anything is BAD.
"""


def register(commands: Commands) -> None:
    """Add `doctor`."""
    add(commands, "doctor", run, about="check everything and say what to do", more=LESSON)


async def run(_given: argparse.Namespace) -> int:
    """Line by line, as the checks finish."""
    from cli import checks
    from settings import Settings

    settings, worst = Settings.from_environ(), DONE
    for check in (checks.settings_fit, checks.disk, checks.keys, checks.database, checks.telegram):
        async for finding in check(settings):
            say(str(finding))
            if finding.level is checks.Level.BAD:
                worst = REFUSED
    return worst
