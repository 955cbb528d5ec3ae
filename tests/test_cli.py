"""The command line, as real processes: from recovery sheets to a county that serves."""

import asyncio
import re
import shutil
import stat
import subprocess
import sys
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pyotp
import pytest

from bot.simulator import Simulator
from cli import console, house, parser
from cli.recovery import public_text, read_public
from models import clock, passwords
from models.audit import Audit
from models.county import County as CountyTable
from models.db import transaction
from models.demo import accounts, code_at
from models.keyfile import Sheet, combine
from models.sealing import public_of
from models.staff import Invite, Staff
from models.terms import Role, UnitKind
from models.unit import Unit
from settings import Settings
from tests.commands import ROOT, command, free_ports, live

COMMANDS = ("demo", "serve", "recovery", "init", "unit", "invite", "staff", "migrate", "doctor", "audit")
COUNTY = ("--county", "云岭县", "--office", "云岭县纪委监委", "--reach", "landline=0000-1234567")
TOKEN = "123456:unreachable-and-unknown"


@dataclass
class County:
    """An installation after init: its settings as environment, and what init printed."""

    env: dict[str, str]
    printed: str

    @property
    def settings(self) -> Settings:
        return Settings.from_environ(self.env)

    async def enrol(self, role: Role) -> str:
        """The invited person enrols; answers the fingerprint he sees."""
        code = re.search(rf"^  {role} +(\w+)$", self.printed, re.MULTILINE)
        assert code
        async with house.opened(self.settings, cheap_passwords=True):
            seed = passwords.new_totp_seed()
            staff = await (await Invite.find(code[1])).enrol(
                login=role,
                name=role,
                password="correct horse battery",
                totp_seed=seed,
                totp_code=pyotp.TOTP(seed).at(clock.now()),
            )
            return staff.fingerprint()


@pytest.fixture(scope="module")
def founded(tmp_path_factory: pytest.TempPathFactory) -> County:
    """A county as init leaves it, for copying."""
    return made(_init(tmp_path_factory.mktemp("founded")))


@pytest.fixture(scope="module")
def founded_and_open(founded: County, tmp_path_factory: pytest.TempPathFactory) -> County:
    """The same with its root unit open, for copying."""
    return made(_open(copy_of(founded, tmp_path_factory.mktemp("open"))))


@pytest.fixture
def county(founded: County, tmp_path: Path) -> County:
    """A county as init leaves it."""
    return copy_of(founded, tmp_path)


@pytest.fixture
def opened(founded_and_open: County, tmp_path: Path) -> County:
    """A county whose root unit is open."""
    return copy_of(founded_and_open, tmp_path)


def made(work: Coroutine[Any, Any, County]) -> County:
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, work).result()


def copy_of(county: County, folder: Path) -> County:
    """Commands know an installation by its folder alone."""
    for path in Path(county.env["DATA_DIR"]).parent.iterdir():
        (shutil.copytree if path.is_dir() else shutil.copy2)(path, folder / path.name)
    return County({"DATA_DIR": str(folder / "data"), **free_ports()}, county.printed)


async def _init(folder: Path) -> County:
    sheets = await command("recovery", "create", "--public-to", str(folder / "recovery.pub"))
    assert sheets.code == 0, sheets.err
    env = {"DATA_DIR": str(folder / "data"), **free_ports()}
    done = await command("init", "--recovery-public", str(folder / "recovery.pub"), *COUNTY, env=env)
    assert done.code == 0, done.err
    return County(env, done.out)


async def _open(county: County) -> County:
    custodian, secretary = await county.enrol(Role.CUSTODIAN), await county.enrol(Role.SECRETARY)
    heard = ("--fingerprint", secretary, "--custodian-fingerprint", custodian)
    done = await command("unit", "open", *heard, env=county.env)
    assert done.code == 0, done.err
    return county


async def test_help_names_every_command_and_the_exit_codes() -> None:
    done = await command("--help")
    assert done.code == 0
    assert all(re.search(rf"^ +{name} ", done.out, re.MULTILINE) for name in COMMANDS)
    assert "Exit codes" in done.out


@pytest.mark.parametrize("name", COMMANDS)
async def test_every_command_explains_itself(name: str) -> None:
    done = await command(name, "--help")
    assert done.code == 0
    assert len(done.out.splitlines()) > 5


def test_help_waits_for_no_heavy_library() -> None:
    heavy = {"tortoise", "aiohttp", "telegram", "cryptography", "jinja2", "babel"}
    script = f"import sys, app, cli; cli.parser().format_help(); sys.exit(bool({heavy!r} & sys.modules.keys()))"
    assert subprocess.run([sys.executable, "-c", script], cwd=ROOT, check=False).returncode == 0


def test_the_script_is_the_one_that_is_installed() -> None:
    assert 'qingfeng = "app:main"' in (ROOT / "pyproject.toml").read_text()
    assert parser().prog == "qingfeng"


async def test_what_is_not_understood_ends_with_2() -> None:
    assert (await command("fly")).code == 2
    assert (await command()).code == 2


async def test_bad_settings_are_told_all_at_once() -> None:
    done = await command("doctor", env={"MODE": "x", "PUBLIC_PORT": "y"})
    assert done.code == 1
    assert "MODE must" in done.err
    assert "PUBLIC_PORT must" in done.err


async def test_any_two_printed_sheets_are_the_key_whose_public_half_is_passed_on(tmp_path: Path) -> None:
    file = tmp_path / "recovery.pub"
    done = await command("recovery", "create", "--public-to", str(file))
    lines = re.findall(r"^  \d  (\S+)$", done.out, re.MULTILINE)
    sheets = [Sheet.parse(lines[start : start + 7]) for start in (0, 7, 14)]
    public = read_public(str(file))
    assert public_of(combine(sheets[0], sheets[1])) == public_of(combine(sheets[2], sheets[0])) == public
    assert public_text(public) in done.out


async def test_an_existing_public_half_is_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "recovery.pub").write_text("precious")
    done = await command("recovery", "create", "--public-to", str(tmp_path / "recovery.pub"))
    assert done.code == 1
    assert (tmp_path / "recovery.pub").read_text() == "precious"
    assert "SHEET" not in done.out


@pytest.mark.parametrize(
    "slip", [lambda word: word[:-9], lambda word: word[:50] + "AAAA" + word[54:], lambda _: "qfr1.x"]
)
def test_a_slip_in_the_public_half_is_noticed(slip: Callable[[str], str]) -> None:
    with pytest.raises(console.Refusal):
        read_public(slip(public_text(public_of(bytes(32)))))


async def test_init_with_a_wrong_public_half_makes_nothing(tmp_path: Path) -> None:
    done = await command("init", "--recovery-public", "qfr1.AAAA", *COUNTY, env={"DATA_DIR": str(tmp_path / "data")})
    assert done.code == 1
    assert not (tmp_path / "data").exists()


async def test_init_leaves_keys_for_their_owner_only_and_five_invitations(county: County) -> None:
    for path in (county.settings.key_file, county.settings.data_dir / "qingfeng.sqlite3"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert len(re.findall(r"^  \w+ +[0-9a-f]{20}$", county.printed, re.MULTILINE)) == 5


async def test_a_second_init_is_refused_and_keeps_the_keys(county: County) -> None:
    before = county.settings.key_file.read_bytes()
    word = public_text(public_of(bytes(32)))
    done = await command("init", "--recovery-public", word, *COUNTY, env=county.env)
    assert (done.code, done.out) == (1, "")
    assert "云岭县" in done.err
    assert county.settings.key_file.read_bytes() == before


async def test_a_unit_opens_only_with_the_fingerprints_of_its_people(county: County) -> None:
    early = await command("unit", "open", "--fingerprint", "x", "--custodian-fingerprint", "x", env=county.env)
    assert early.code == 1
    assert "not enrolled" in early.err
    custodian, secretary = await county.enrol(Role.CUSTODIAN), await county.enrol(Role.SECRETARY)
    wrong = ("--fingerprint", custodian, "--custodian-fingerprint", custodian)
    refused = await command("unit", "open", *wrong, env=county.env)
    assert refused.code == 1
    assert "exchanged" in refused.err
    assert custodian not in refused.err + refused.out  # what must be heard from a person is not printed
    right = ("--fingerprint", secretary.lower(), "--custodian-fingerprint", custodian)
    assert (await command("unit", "open", *right, env=county.env)).code == 0
    listed = await command("unit", "list", env=county.env)
    assert re.search(r"^open +county +云岭县", listed.out, re.MULTILINE)


async def test_without_a_console_fingerprints_must_be_given(county: County) -> None:
    await county.enrol(Role.CUSTODIAN)
    await county.enrol(Role.SECRETARY)
    done = await command("unit", "open", env=county.env, said="7KRM-Q4XD-9ETA\n")
    assert done.code == 1
    assert "--custodian-fingerprint" in done.err


async def test_the_console_invites_only_while_the_panel_cannot(county: County) -> None:
    assert (await command("invite", "云岭县", "secretary", env=county.env)).code == 0
    assert (await command("invite", "云岭县", "emperor", env=county.env)).code == 1
    assert (await command("invite", "东海县", "secretary", env=county.env)).code == 1


async def test_an_open_county_invites_in_the_panel_unless_its_last_security_administrator_is_gone(
    opened: County,
) -> None:
    assert (await command("invite", "云岭县", "handler", env=opened.env)).code == 1
    assert (await command("invite", "云岭县", "security_admin", env=opened.env)).code == 0
    await opened.enrol(Role.SECURITY_ADMIN)
    assert (await command("invite", "云岭县", "security_admin", env=opened.env)).code == 1
    assert "security_admin" in (await command("staff", "list", env=opened.env)).out


async def test_migrate_has_nothing_left_to_do_after_init(county: County) -> None:
    assert "Nothing is pending" in (await command("migrate", "--plan", env=county.env)).out
    assert "up to date" in (await command("migrate", env=county.env)).out


async def test_a_changed_audit_entry_is_found(county: County) -> None:
    assert (await command("audit", "verify", env=county.env)).code == 0
    async with house.opened(county.settings), transaction():
        await Audit.filter(place=2).update(detail={"role": "other"})
    done = await command("audit", "verify", env=county.env)
    assert done.code == 1
    assert "was changed" in done.out


async def test_doctor_is_content_with_a_county_that_is_open(opened: County) -> None:
    simulator = Simulator(TOKEN)
    async with simulator.running() as root:
        env = {**opened.env, "TELEGRAM_TOKEN": TOKEN, "TELEGRAM_API_URL": root}
        done = await command("doctor", env=env)
    assert (done.code, done.err) == (0, "")
    assert "BAD" not in done.out
    for told in ("mode 0600", "up to date", "1 of 1 offices", "the bot is @", "s away from Telegram's"):
        assert told in done.out


async def test_doctor_tells_a_refused_token_from_a_silent_line(county: County) -> None:
    async with Simulator().running() as root:
        refused = await command("doctor", env={**county.env, "TELEGRAM_TOKEN": TOKEN, "TELEGRAM_API_URL": root})
    silent = await command("doctor", env={**county.env, "TELEGRAM_TOKEN": TOKEN, "TELEGRAM_API_URL": root})
    assert "token is refused" in refused.out
    assert "cannot be reached" in silent.out
    assert refused.code == silent.code == 1
    assert TOKEN not in refused.out + refused.err + silent.out + silent.err


async def test_doctor_names_the_places_that_nobody_receives(opened: County) -> None:
    assert "nobody receives" not in (await command("doctor", env=opened.env)).out
    async with house.opened(opened.settings):
        root = await Unit.get(kind=UnitKind.COUNTY)
        town = await Unit.found(parent=root, kind=UnitKind.TOWNSHIP, name="石桥镇")
        await Unit.found(parent=town, kind=UnitKind.VILLAGE, name="清水村")
        async with transaction():
            await Staff.all().update(belongs_to=[town.id.hex])
            await CountyTable.tree_changed()
    done = await command("doctor", env=opened.env)
    assert done.code == 1
    assert "nobody receives what concerns 'township' in " in done.out
    assert "清水村" in done.out


async def test_doctor_sees_what_is_wrong_with_keys_and_units(county: County) -> None:
    assert "root unit is not open" in (await command("doctor", env=county.env)).out
    county.settings.key_file.chmod(0o640)
    assert "chmod 600" in (await command("doctor", env=county.env)).out
    county.settings.key_file.unlink()
    done = await command("doctor", env=county.env)
    assert done.code == 1
    assert "no key file" in done.out


async def test_serve_answers_on_both_sites_until_it_is_asked_to_stop(county: County) -> None:
    env = {**county.env, "TELEGRAM_TOKEN": TOKEN, "TELEGRAM_API_URL": "http://127.0.0.1:1"}
    async with live("serve", env=env) as server:
        said = await server.ready()
        assert env["PUBLIC_PORT"] in said
        second = await command("serve", env={**county.env, **free_ports()})
        assert (second.code, "another process serves" in second.err.lower()) == (1, True)
        assert (await command("migrate", env=county.env)).code == 1
        assert (await command("unit", "list", env=county.env)).code == 0
        done = await server.stop()
    assert done.code == 0
    assert TOKEN.partition(":")[2] not in done.out + done.err
    assert "Traceback" not in done.err


async def test_a_taken_port_is_told_in_a_sentence(county: County) -> None:
    async with Simulator().running() as root:
        done = await command("serve", env={**county.env, "PUBLIC_PORT": root.rpartition(":")[2]})
    assert done.code == 1
    assert "Cannot listen on" in done.err
    assert "Traceback" not in done.err


@pytest.mark.parametrize(
    ("arguments", "more", "told"),
    [
        (("--only", "panel"), {}, "--only needs PostgreSQL"),
        (("--only", "bot"), {"DATABASE_URL": "postgres:///q"}, "needs TELEGRAM_TOKEN"),
        ((), {"MODE": "demo"}, "MODE=demo"),
        ((), {}, "qingfeng init"),
    ],
)
async def test_serve_refuses_with_a_reason(
    arguments: tuple[str, ...], more: dict[str, str], told: str, tmp_path: Path
) -> None:
    done = await command("serve", *arguments, env={"DATA_DIR": str(tmp_path), **more})
    assert done.code == 1
    assert told in done.err


async def test_the_demo_runs_again_on_the_same_data_and_serve_refuses_it(tmp_path: Path) -> None:
    demo = ("demo", "--data", str(tmp_path / "demo"), "--port-base", "0")
    async with live(*demo, env={"DATA_DIR": str(tmp_path)}) as first:
        said = await first.ready()
        assert "Making up a county" in said
        await everything_answers(re.findall(r"http://\S+", said))
        done = await first.stop()
        assert (done.code, "Traceback" in done.err) == (0, False)
    async with live(*demo, env={"DATA_DIR": str(tmp_path)}) as again:
        assert "Making up" not in await again.ready()
        assert (await again.stop()).code == 0
    async with live(*demo, "--fresh", env={"DATA_DIR": str(tmp_path)}) as anew:
        assert "Making up" in await anew.ready()
    served = await command("serve", env={"DATA_DIR": str(tmp_path / "demo"), **free_ports()})
    assert served.code == 1
    assert "demo database" in served.err


async def everything_answers(addresses: list[str]) -> None:
    assert len(addresses) == 4
    async with aiohttp.ClientSession() as session:
        for address in addresses:
            async with session.get(address) as answer:
                assert answer.status == 200
        async with session.get(addresses[0]) as answer:
            page = await answer.text()
        async with session.get(addresses[0], headers={"Host": "evil.example.org"}) as answer:
            assert answer.status == 403
    account = accounts()[0]
    now = clock.now()
    assert account.login in page
    assert any(code_at(account, now - timedelta(seconds=late)) in page for late in (0, 30))


async def test_the_demo_never_throws_away_what_is_no_demo(county: County) -> None:
    before = county.settings.key_file.read_bytes()
    folder = str(county.settings.data_dir)
    done = await command("demo", "--data", folder, "--fresh", "--port-base", "0", env=county.env)
    assert done.code == 1
    assert "holds no demo" in done.err
    assert county.settings.key_file.read_bytes() == before


async def test_the_demo_leaves_a_folder_of_something_else_alone(tmp_path: Path) -> None:
    letter = tmp_path / "letter.txt"
    letter.write_text("dear")
    done = await command("demo", "--data", str(tmp_path), "--fresh", "--port-base", "0")
    assert done.code == 1
    assert letter.exists()
