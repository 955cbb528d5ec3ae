"""Faults planted on purpose. Each answers whether the harness found it."""

from pathlib import Path

from tests.faults.canary import sing, sing_at_the_page
from tests.faults.nursery import Nursery
from tests.faults.point import Death, Plan, Run
from tests.faults.template import Template

GIVE_UP = 10.0
LEAKS = ("words logged", "words on disk", "words left behind")
WEB_LEAKS = ("uploads on disk", "names logged")


async def found_loss(nursery: Nursery, template: Template, folder: Path, *, webhook: bool) -> bool:
    """Telegram is told "safe" before the commit, and the process dies in between."""
    death = Death("planted: acknowledged, not stored", 4)
    plan = Plan([death], webhook=webhook, variant="acknowledged first", patience=GIVE_UP)
    outcome = await Run(nursery, template, folder, plan).play()
    return bool(outcome.killed and any("acknowledged update" in one for one in outcome.lost))


async def found_double(nursery: Nursery, template: Template, folder: Path) -> bool:
    """A step's effects are committed before its marks, and the process dies in between."""
    plan = Plan([Death("planted: served, not marked")], variant="marked apart", patience=GIVE_UP)
    outcome = await Run(nursery, template, folder, plan).play()
    return bool(outcome.killed and outcome.doubled)


async def found_unfiled_receipt(nursery: Nursery, template: Template, folder: Path) -> bool:
    """At the web page the receipt is shown before the commit, and the process dies in between."""
    plan = Plan([Death("planted: receipt shown, not filed")], web=True, variant="receipt first", patience=GIVE_UP)
    outcome = await Run(nursery, template, folder, plan).play()
    return bool(outcome.killed and any("tip with a receipt" in one for one in outcome.lost))


async def found_repeated_addition(nursery: Nursery, template: Template, folder: Path) -> bool:
    """At the web page an addition is committed without a note of it, and the process dies before it answers."""
    plan = Plan([Death("web addition: after COMMIT")], web=True, variant="addition unmarked", patience=GIVE_UP)
    outcome = await Run(nursery, template, folder, plan).play()
    return bool(outcome.killed and any("addition" in one for one in outcome.doubled))


async def found_leak(template: Template, folder: Path, leak: str) -> bool:
    """Somebody writes down what people say, in a log or in a temporary file."""
    singing = sing_at_the_page if leak in WEB_LEAKS else sing
    found = await singing(template, folder, variant=leak)
    return any("a canary word" in one or "a file was written" in one for one in found)
