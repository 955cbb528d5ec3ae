"""A small county for tests, built through the domain's own verbs: `world = await World.build(tmp_path)`.

云岭县 with 石桥镇 (清水村, 白杨村) and 柳河镇 (上湾村). Every member's login is listed in `PEOPLE`, the password is
`PASSWORD`. Time stands still until a test moves `world.clock`; the clock and the doors' counters are put back
by `leave()`.
"""

import pickle
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyotp

from models import clock, flood, house, offices, passwords, unit
from models.actor import Actor
from models.appointing import appoint
from models.county import County
from models.draft import Telling
from models.house import House
from models.keyfile import KeyFile
from models.ring import open_custody, open_unit
from models.sealed_files import LocalStore
from models.sealing import new_secret, public_of
from models.session import Opened, log_in, opened
from models.staff import Invite, Staff
from models.terms import Channel, Concerns, Mode, Role, Topic, UnitKind
from models.tip import Filed, Tip
from models.unit import Unit

PASSWORD = "correct horse battery"
MONDAY = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)  # nine o'clock in Shanghai

PEOPLE: dict[str, tuple[str, Role, str]] = {
    "xitong": ("云岭县", Role.SYSTEM_ADMIN, "石系统"),
    "anquan": ("云岭县", Role.SECURITY_ADMIN, "安管理"),
    "shenji": ("云岭县", Role.AUDIT_ADMIN, "申审计"),
    "xianshuji": ("云岭县", Role.SECRETARY, "陈县平"),
    "baoguan": ("云岭县", Role.CUSTODIAN, "包管员"),
    "xianban": ("云岭县", Role.HANDLER, "何承办"),
    "shuji": ("石桥镇", Role.SECRETARY, "周书记"),
    "fushuji": ("石桥镇", Role.DEPUTY, "傅书记"),
    "shouli": ("石桥镇", Role.REGISTRAR, "李受理"),
    "chengban": ("石桥镇", Role.HANDLER, "王承办"),
    "liushuji": ("柳河镇", Role.SECRETARY, "柳书记"),
    "liuban": ("柳河镇", Role.HANDLER, "刘办事"),
}
"""Login → (unit, role, name)."""


@dataclass
class Clock:
    """Time as a test wants it."""

    at: datetime = MONDAY

    def __call__(self) -> datetime:
        return self.at

    def forward(self, *, days: float = 0, minutes: float = 0, seconds: float = 0) -> datetime:
        self.at += timedelta(days=days, minutes=minutes, seconds=seconds)
        return self.at


@dataclass
class World:
    """Units by name and staff by login, with what they need to come in at the front door."""

    clock: Clock
    units: dict[str, Unit] = field(default_factory=dict)
    staff: dict[str, Staff] = field(default_factory=dict)
    seeds: dict[str, str] = field(default_factory=dict)
    recovery: bytes = field(default_factory=new_secret, repr=False)
    backup: bytes = field(default_factory=new_secret, repr=False)

    @classmethod
    async def build(cls, folder: Path, *, mode: Mode = Mode.FULL, people: bool = True) -> "World":
        """Needs an open, empty database. Without `people` only the county and its units stand."""
        world = cls(Clock())
        clock.set_source(world.clock)
        house.enter(House(KeyFile.new(), LocalStore(folder / "files"), argon2=passwords.CHEAP, mode=mode))
        keys = {"recovery_public": public_of(world.recovery), "backup_public": public_of(world.backup)}
        await County.establish(name="云岭县", **keys)
        await world._found_units()
        if people:
            for login, (unit, role, name) in PEOPLE.items():
                await world.enrol(login, unit=unit, role=role, name=name)
            await world._hand_out_keys()
        return world

    def remembered(self) -> bytes:
        """What a copy of this county needs beside a copy of its database."""
        return pickle.dumps((self.clock.at, self.seeds, self.recovery, self.backup, house.house().keys))

    @classmethod
    async def wake(cls, remembered: bytes, folder: Path) -> "World":
        """The county of a copied database, as it was when it was built."""
        at, seeds, recovery, backup, keys = pickle.loads(remembered)  # noqa: S301  our own, from this run
        world = cls(Clock(at), seeds=seeds, recovery=recovery, backup=backup)
        clock.set_source(world.clock)
        house.enter(House(keys, LocalStore(folder / "files"), argon2=passwords.CHEAP))
        world.units = {unit.name: unit for unit in await Unit.all()}
        world.staff = {member.login: member for member in await Staff.all()}
        return world

    def leave(self) -> None:
        """Put back what is global: the house, the clock, the counters at the doors, what was read of the tree.

        Copies of one county share its id, so a tree kept from one test would answer in the next.
        """
        unit._cache.clear()
        offices._cache.clear()
        house.enter(None)
        clock.set_source(None)
        forget_tries()

    async def enrol(self, login: str, *, unit: str, role: Role, name: str = "", invited_by: str = "") -> Staff:
        """Invite somebody and enrol him. He holds no key yet: see `appoint`."""
        inviter = self.staff[invited_by].id if invited_by else None
        invite = await Invite.find(await Invite.issue(unit_id=self.units[unit].id, role=role, by=inviter))
        seed = self.seeds[login] = passwords.new_totp_seed()
        self.staff[login] = await invite.enrol(
            login=login, name=name or login, password=PASSWORD, totp_seed=seed, totp_code=self.code(login)
        )
        return self.staff[login]

    async def appoint(self, newcomer: str, *, by: str) -> None:
        """A holder compares the fingerprint and seals his rings to the newcomer."""
        person = self.staff[newcomer]
        await appoint(await self.actor(by), person, person.fingerprint())

    async def actor(self, login: str) -> Actor:
        """Who acts, as inside a request, without the ceremony at the door."""
        staff = await Staff.get(login=login)
        return Actor(staff, await staff.open_secret(PASSWORD))

    async def session(self, login: str) -> Opened:
        """A real session, through the door."""
        logged_in = await log_in(login=login, password=PASSWORD, code=self.fresh_code(login))
        found = await opened(logged_in.cookie)
        assert found is not None
        return found

    def code(self, login: str) -> str:
        """What the member's phone shows now."""
        return pyotp.TOTP(self.seeds[login]).at(self.clock.at)

    def fresh_code(self, login: str) -> str:
        """The next code: one code opens one session, so time moves half a minute."""
        self.clock.forward(seconds=30)
        return self.code(login)

    async def file_tip(
        self,
        words: str = "去年的种粮补贴没到手，村里说镇上没发。",
        *,
        village: str = "清水村",
        concerns: Concerns = Concerns.VILLAGE,
        topic: Topic = Topic.SUBSIDIES,
        named: bool = False,
        channel: Channel = Channel.CHAT,
    ) -> Filed:
        """A resident hands in a tip."""
        telling = Telling(place=self.units[village].id.hex, topic=topic, concerns=concerns, naming="anonymous")
        if named:
            telling.naming, telling.name, telling.reach = "named", "张三", "只发消息"
        telling.add_text(words)
        return await Tip.file(telling, channel=channel)

    async def _found_units(self) -> None:
        reach = {"landline": "0870-5550123", "address": "云岭县团结路1号", "hours": "工作日 9:00—17:00"}
        county = await Unit.found(
            parent=None, kind=UnitKind.COUNTY, name="云岭县", office="云岭县纪委监委", reach=reach
        )
        self.units["云岭县"] = county
        for town, villages in {"石桥镇": ("清水村", "白杨村"), "柳河镇": ("上湾村",)}.items():
            office = await Unit.found(parent=county, kind=UnitKind.TOWNSHIP, name=town, office=f"{town}纪委")
            self.units[town] = office
            for village in villages:
                self.units[village] = await Unit.found(parent=office, kind=UnitKind.VILLAGE, name=village)

    async def _hand_out_keys(self) -> None:
        head, custodian = self.staff["xianshuji"], self.staff["baoguan"]
        county = self.units["云岭县"]
        await open_unit(county, head=head, fingerprint=head.fingerprint(), by_id=None)
        await open_custody(county, custodian=custodian, fingerprint=custodian.fingerprint(), by_id=head.id)
        for town, login in {"石桥镇": "shuji", "柳河镇": "liushuji"}.items():
            chief = self.staff[login]
            await open_unit(self.units[town], head=chief, fingerprint=chief.fingerprint(), by_id=head.id)
        for newcomer in ("fushuji", "shouli", "chengban"):
            await self.appoint(newcomer, by="shuji")
        await self.appoint("liuban", by="liushuji")
        await self.appoint("xianban", by="xianshuji")


def forget_tries() -> None:
    """The doors count in memory, across tests."""
    for gate in vars(flood).values():
        if isinstance(gate, flood.Gate):
            gate._seen.clear()
