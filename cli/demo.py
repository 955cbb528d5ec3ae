"""`qingfeng demo`: a made-up county, everything running, and a simulated Telegram with a phone to hold."""

import argparse
import socket
from contextlib import AsyncExitStack, ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from cli.console import DONE, Commands, Refusal, add, on_uvloop, say

if TYPE_CHECKING:
    from cli.demo_page import Links
    from settings import Settings

PORT_BASE: Final = 8800
PEOPLE: Final = (
    ("li", "李阿姨", "群众，清水村"),
    ("wang", "王大爷", "群众，杨家坪村，订了宣教"),
    ("chen", "陈联络员", "已登记的联络员，清水村联络站"),
    ("zhao", "赵会计", "已登记的村干部，大湾村"),
    ("sun", "孙站长", "已登记的镇干部，石桥镇"),
)
"""Who has a phone on the page. Everybody else in office has one too, that nobody looks at."""
LESSON = f"""\
Starts the residents' site, the staff panel, the bot, and in place of Telegram a simulator whose page is a
phone. Nothing leaves this machine: all listen on 127.0.0.1 only. The first page lists every address, login
and current one-time code. Ports count from --port-base: first page, phone, panel, residents' site.
  qingfeng demo                     data in DATA_DIR/demo, ports {PORT_BASE} to {PORT_BASE + 3}
  qingfeng demo --fresh             begin again with new data
  qingfeng demo --port-base 0       any free ports
A second start finds the data of the first. All settings but DATA_DIR and LOG_LEVEL are ignored.
"""


def register(commands: Commands) -> None:
    """Add `demo`."""
    made = add(commands, "demo", None, about="look around in a made-up county", more=LESSON)
    made.add_argument("--port-base", type=int, default=PORT_BASE, metavar="N", help=f"default {PORT_BASE}; 0: any free")
    made.add_argument("--data", type=Path, metavar="DIR", help="where the demo keeps its data")
    made.add_argument("--fresh", action="store_true", help="throw the demo's data away first")
    made.set_defaults(run=lambda given: on_uvloop(run(given)))


async def run(given: argparse.Namespace) -> int:
    """Seed once, then run until a signal comes."""
    import asyncio

    import app
    from bot.door import CHANNEL
    from bot.simulator import TOKEN, Simulator
    from cli import demo_data, demo_page, house, journal
    from models.demo_people import OFFICER, STATION, holders
    from settings import Settings

    stop = app.stop_signal()
    surroundings = Settings.from_environ()
    journal.start(surroundings.log_level)
    journal.watch(asyncio.get_running_loop())
    folder = (given.data or surroundings.data_dir / "demo").absolute()
    ports = _ports(given.port_base)
    settings = _settings(folder, ports, surroundings.log_level)
    simulator = Simulator()
    shown = {name: simulator.person(name, key, role=role) for key, name, role in PEOPLE}
    phones = {name: f"{CHANNEL}:{(shown.get(name) or simulator.bystander(name)).id}" for name in holders()}
    async with AsyncExitStack() as stack:
        phone = await stack.enter_async_context(simulator.running(ports[1]))
        settings = replace(settings, telegram_token=TOKEN, telegram_api_url=phone)
        await demo_data.prepare(settings, fresh=given.fresh, phones=phones)
        database = await stack.enter_async_context(house.opened(settings, cheap_passwords=True))
        database.hold()
        await stack.enter_async_context(app.running(settings, database))
        first = f"http://127.0.0.1:{ports[0]}/"
        links = demo_page.Links(first, phone, settings.panel_url, settings.public_url)
        await stack.enter_async_context(demo_page.running(links, ports[0]))
        _introduce(links, f"{OFFICER}: liaison officer of {STATION}")
        await stop.wait()
    return DONE


def _settings(folder: Path, ports: tuple[int, ...], log_level: str) -> "Settings":
    """Nothing of the surroundings reaches the demo: no real token, no real database."""
    from models.terms import Mode
    from settings import Settings

    return Settings(
        data_dir=folder, mode=Mode.DEMO, panel_port=ports[2], public_port=ports[3], log_level=log_level
    ).derived()


def _ports(base: int) -> tuple[int, ...]:
    """Four ports that are free now, so that a taken one is told before anything begins."""
    with ExitStack() as stack:
        wanted = range(base, base + 4) if base else (0,) * 4
        return tuple(stack.enter_context(_held(port)).getsockname()[1] for port in wanted)


def _held(port: int) -> socket.socket:
    try:
        return socket.create_server(("127.0.0.1", port))
    except (OSError, OverflowError):
        raise Refusal(f"Port {port} is not free: give another --port-base, or --port-base 0 for any.") from None


def _introduce(links: "Links", officer: str) -> None:
    from models.demo import PASSWORD, accounts

    shown = [one for one in accounts() if one.login in {"shiqiao.shuji", "shiqiao.shouli", "yunling.shuji"}]
    say(
        "",
        f"  First page         {links.first}   <- open this: every login with its one-time code",
        f"  Phone (simulated)  {links.phone}   ({officer})",
        f"  Staff panel        {links.panel}",
        f"  Residents' site    {links.public}",
        "",
        f"  Password of every login: {PASSWORD}",
        *(f"    {one.login:18} {one.office} {one.name} ({one.role})" for one in shown),
        "",
        "Ready. Stop with Ctrl-C; the data stays for the next time.",
    )
