"""The demo's database, filled through the domain's own verbs: enrol, open, appoint, file, register, reply.

What differs from a real county is only what must be known beforehand: one password, one-time-code seeds and
receipt secrets made from names, and fingerprints compared by this script instead of by people.
"""

import base64
import hashlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from models import clock
from models.actor import Actor
from models.appointing import appoint, open_below
from models.codes import Code
from models.demo_clock import days_ago
from models.demo_county import COUNTY, COUNTY_PEOPLE, COUNTY_PREFIX, STORIES, SUPERIOR, ZONES, Person, Story, Township
from models.demo_lessons import teach
from models.demo_outreach import Desk, enrol, remind, spread, wait_for_the_desk
from models.demo_people import TOWN
from models.draft import Telling
from models.founding import found_county
from models.matter import Matter
from models.ring import open_custody, open_unit
from models.sealing import new_secret, public_of
from models.staff import Invite, Staff
from models.terms import ADMINISTRATORS, Role, UnitKind
from models.thread import Thread
from models.tip import Tip
from models.unit import Unit, tree

PASSWORD = "qingfeng-yanshi-8"  # noqa: S105  printed on the demo's front page
FOUNDED_DAYS_AGO = 30
TOWN_PREFIX, CLERK = "shiqiao", "shouli"


@dataclass(frozen=True, slots=True)
class Account:
    """A login of the demo."""

    login: str
    name: str
    office: str
    role: Role

    @property
    def totp_seed(self) -> str:
        """The seed behind this login's one-time codes: known to all, for nothing here is real."""
        return base64.b32encode(_bytes("totp", self.login)[:20]).decode()


def accounts() -> list[Account]:
    """Every login, the county's first."""
    found = [_account(COUNTY_PREFIX, COUNTY.office, person) for person in COUNTY_PEOPLE]
    for zone in ZONES:
        found.append(_account(zone.prefix, zone.name, zone.head))
        for town in zone.townships:
            found += [_account(town.prefix, town.office, person) for person in town.people]
    return found


def receipts() -> list[tuple[str, str]]:
    """(receipt code, place) of every seeded tip, so that a visitor can look one up."""
    return [(str(Code.from_secret(_bytes("tip", story.words[0]))), story.place) for story in STORIES]


async def seed(phones: Mapping[str, str], keep_calendar: Callable[[], Awaitable[int]]) -> None:
    """Fill an empty database. Needs a house in demo mode; nothing else may run meanwhile: it turns back the clock.

    `phones` has the chat's address, which only the edge understands, of everybody in `demo_people.holders()`;
    `keep_calendar` is the job with the catalogs' words, which nobody here knows.
    """
    desks: dict[str, Actor] = {}
    with days_ago(FOUNDED_DAYS_AGO):
        founded = await found_county(
            COUNTY, superior=SUPERIOR, recovery_public=public_of(new_secret()), backup_public=public_of(new_secret())
        )
        root = founded.root
        head = desks[COUNTY.office] = await _open_county(root)
        for zone in ZONES:
            unit = await Unit.found(parent=root, kind=UnitKind.ZONE, name=zone.name)
            await _open(unit, zone.prefix, zone.name, zone.head, by=head)
            for town in zone.townships:
                desks[town.office] = await _open_township(town, unit, by=head)
        county = Desk(await _clerk(COUNTY_PREFIX), head)
        lesson, quiz = await teach(county.clerk, head)
        chats = await enrol(head, phones)
    township = Desk(await _clerk(TOWN_PREFIX), desks[f"{TOWN}纪委"])
    await remind(township, chats)
    await spread(county, lesson, quiz, chats)
    await wait_for_the_desk((county, township), keep_calendar)
    for story in STORIES:
        await _tell(story, desks)


async def _open_county(unit: Unit) -> Actor:
    secretary, custodian, *others = COUNTY_PEOPLE
    keeper = await _enrol(unit, _account(COUNTY_PREFIX, COUNTY.office, custodian))
    await open_custody(unit, custodian=keeper, fingerprint=keeper.fingerprint(), by_id=None)
    head = await _open(unit, COUNTY_PREFIX, COUNTY.office, secretary, by=None)
    for person in others:
        await _appoint(head, await _enrol(unit, _account(COUNTY_PREFIX, COUNTY.office, person)))
    return head


async def _clerk(prefix: str) -> Actor:
    """Who writes what the head of the office approves."""
    member = await Staff.get(login=f"{prefix}.{CLERK}")
    return Actor(member, await member.open_secret(PASSWORD))


async def _open_township(town: Township, zone: Unit, *, by: Actor) -> Actor:
    unit = await Unit.found(
        parent=zone, kind=UnitKind.TOWNSHIP, name=town.name, office=town.office, reach=dict(town.reach)
    )
    for village in town.villages:
        place = await Unit.found(parent=unit, kind=UnitKind.VILLAGE, name=village.name, old_names=village.old_names)
        await Unit.found(parent=place, kind=UnitKind.STATION, name=f"{village.name}联络站")
    secretary, *others = town.people
    head = await _open(unit, town.prefix, town.office, secretary, by=by)
    for person in others:
        await _appoint(head, await _enrol(unit, _account(town.prefix, town.office, person)))
    return head


async def _open(unit: Unit, prefix: str, office: str, person: Person, *, by: Actor | None) -> Actor:
    head = await _enrol(unit, _account(prefix, office, person))
    if by is None:
        await open_unit(unit, head=head, fingerprint=head.fingerprint(), by_id=None)
    else:
        await open_below(by, head, head.fingerprint())
    return Actor(head, await head.open_secret(PASSWORD))


async def _enrol(unit: Unit, account: Account) -> Staff:
    invite = await Invite.find(await Invite.issue(unit_id=unit.id, role=account.role, by=None))
    return await invite.enrol(
        login=account.login,
        name=account.name,
        password=PASSWORD,
        totp_seed=account.totp_seed,
        totp_code=code_at(account, clock.now()),
    )


def code_at(account: Account, moment: datetime) -> str:
    """The account's one-time code at a moment."""
    import pyotp

    return pyotp.TOTP(account.totp_seed).at(moment)


async def _appoint(head: Actor, newcomer: Staff) -> None:
    if newcomer.role not in ADMINISTRATORS:
        await appoint(head, newcomer, newcomer.fingerprint())


async def _tell(story: Story, desks: dict[str, Actor]) -> None:
    """File a story and let the desk do what it has done since, a day later."""
    telling = await _telling(story)
    with days_ago(story.days_ago):
        filed = await Tip.file(telling, channel=story.channel)
    head = desks[filed.handler.office]
    with days_ago(max(story.days_ago - 1, 0)):
        matter = await Matter.open(head, filed.tip_id)
        await _screen(matter, story, head)
    if story.addition:
        with days_ago(story.days_ago - 2):
            await _add(story, str(filed.code))
    if story.answer:
        with days_ago(story.days_ago - 3):
            await (await Matter.open(head, filed.tip_id)).conclude(answer=story.answer)


async def _screen(matter: Matter, story: Story, head: Actor) -> None:
    if not story.registered:
        return
    await matter.read()
    await matter.register()
    if story.summary:
        await matter.accept(summary=story.summary, assignee_id=head.id)
    if story.question:
        await matter.reply(story.question, asks=True)
    if story.guidance:
        await matter.mark_out_of_scope(guidance=story.guidance)


async def _add(story: Story, code: str) -> None:
    addition = Telling()
    addition.add_text(story.addition)
    await (await Thread.open(code, who="demo")).add(addition)


async def _telling(story: Story) -> Telling:
    place = next(node for node in (await tree()).nodes.values() if node.name == story.place)
    telling = Telling(
        secret=_bytes("tip", story.words[0]).hex(),
        place=place.id.hex,
        topic=story.topic,
        concerns=story.concerns,
        naming="named" if story.name else "anonymous",
        name=story.name,
        reach=story.reach,
    )
    for words in story.words:
        telling.add_text(words)
    return telling


def _account(prefix: str, office: str, person: Person) -> Account:
    return Account(f"{prefix}.{person.word}", person.name, office, person.role)


def _bytes(kind: str, name: str) -> bytes:
    """32 bytes that are the same at every start of the demo."""
    return hashlib.sha256(f"qingfeng demo {kind} {name}".encode()).digest()
