"""The checker of broadcasts: compares what the phones really got with the ledger, and names what is wrong."""

from collections import Counter
from itertools import pairwise
from math import inf
from typing import TYPE_CHECKING

from bot.simulator import Person
from locales import t
from models.campaign import Campaign
from models.contact import Contact
from models.ledger import Acknowledgement, Ledger, Tally
from models.official import Reached
from models.terms import CampaignState, LedgerState

if TYPE_CHECKING:
    from tests.faults.broadcasts import Storm

AGAIN = "再提醒一次"
HEARD = "不收礼。"
CROWD, ALMOST = 45, 0.9
"""So many take a second and a half. A slow wire and a busy machine press them together, twice the rate does more."""
ON_THE_WIRE = 0.5
"""How long after a pause or a stop a letter may still arrive that was on its way."""
QUESTIONS = {"/privacy": "privacy.text", "/help": "help.text", "/language": "language.ask"}
"""What residents ask meanwhile, each once, and the key of the answer."""


def heard(person: Person, number: int) -> int:
    """How often this round is on his phone."""
    return sum(one.from_bot and HEARD in one.text and (AGAIN in one.text) == (number == 2) for one in person.screen)


def answered(person: Person) -> bool:
    """Whether his press was answered."""
    return any("已记下" in one.text for one in person.screen)


def answers_to(resident: Person) -> list[str]:
    """What he asked, in the order in which the answers came first."""
    told = [one.text for one in resident.screen if one.from_bot]
    at = {
        question: [n for n, text in enumerate(told) if text == t("zh_CN", key)] for question, key in QUESTIONS.items()
    }
    return sorted((question for question, places in at.items() if places), key=lambda question: at[question][0])


def unanswered(storm: "Storm") -> list[str]:
    """Whose press or question has no answer yet."""
    pressed = [one.name for one in storm.people if one.id in storm.pressed - storm.blocked and not answered(one)]
    asked = [one.name for one in storm.residents if len(answers_to(one)) < len(storm.asked[one.id])]
    return pressed + asked


async def findings(storm: "Storm", campaign: Campaign) -> list[str]:
    """What is wrong, in words. Empty when every promise was kept."""
    chats = {}
    for link in await Reached.all():
        contact_id = link.contact_id()
        contact = await Contact.get(id=contact_id) if contact_id else None
        if contact:
            chats[link.id] = int(contact.address().partition(":")[2])
    rows = await Ledger.filter(campaign_id=campaign.id)
    people = {person.id: person for person in storm.people}
    wrong = [
        f"round {number}: {person.name} heard it {count} times"
        for person in storm.people
        for number in (1, 2)
        if (count := heard(person, number)) > 1
    ]
    for row in rows:
        person = people[chats[row.reached_id]]
        count, where = heard(person, row.round), f"round {row.round}: {person.name}"
        if row.state is LedgerState.SENT and count == 0:
            wrong.append(f"{where} is said to have heard it")
        if row.state in {LedgerState.QUEUED, LedgerState.BLOCKED, LedgerState.FAILED} and count:
            wrong.append(f"{where} heard what is {row.state}")
        if row.state is LedgerState.BLOCKED and person.id not in storm.blocked:
            wrong.append(f"{where} never blocked the bot")
        if row.state in {LedgerState.QUEUED, LedgerState.LEASED} and campaign.state is CampaignState.DONE:
            wrong.append(f"{where} was forgotten")
    return wrong + _whole(storm, rows) + await _sums(storm, campaign, rows) + _order(storm) + _limits(storm)


def _whole(storm: "Storm", rows: list[Ledger]) -> list[str]:
    first = [row for row in rows if row.round == 1]
    unknown = sum(row.state is LedgerState.UNKNOWN for row in rows)
    wrong = [] if len(first) == len(storm.people) else [f"the first round was for {len(first)} people"]
    if unknown and not storm.deaths and not storm.doubts:
        wrong.append(f"{unknown} are unknown in fair weather")
    return wrong + [f"{name} was not answered" for name in unanswered(storm)]


def _order(storm: "Storm") -> list[str]:
    """Each chat in its order: the first round before the second, answers as they were asked for."""
    wrong = []
    for person in storm.people:
        rounds_heard = [AGAIN in one.text for one in person.screen if one.from_bot and HEARD in one.text]
        if rounds_heard != sorted(rounds_heard):
            wrong.append(f"{person.name} heard the second round before the first")
    turned = [one.name for one in storm.residents if answers_to(one) != storm.asked[one.id]]
    return wrong + [f"{name} was answered out of turn" for name in turned]


async def _sums(storm: "Storm", campaign: Campaign, rows: list[Ledger]) -> list[str]:
    states = Counter(row.state for row in rows)
    tallies = await Tally.filter(campaign_id=campaign.id)
    counted = {name: sum(getattr(one, name) for one in tallies) for name in ("sent", "blocked", "failed", "unknown")}
    wrong = [
        f"{n} {name} are counted, not {states[LedgerState(name)]}"
        for name, n in counted.items()
        if n != states[LedgerState(name)]
    ]
    known = await Acknowledgement.filter(campaign_id=campaign.id).count()
    if known != len(storm.pressed):
        wrong.append(f"{known} acknowledgements, {len(storm.pressed)} pressed")
    return wrong


def _limits(storm: "Storm") -> list[str]:
    """Thirty a second in each life of the bot (a death forgets the second before), and silence while it is held."""
    letters = [call for call in storm.sim.calls("sendMessage") if HEARD in str(call.params.get("text"))]
    crowded = False
    for born, died in pairwise([*storm.births, inf]):
        sent = [call.at for call in storm.sim.calls("sendMessage") if born <= call.at < died]
        crowded |= any(later - earlier < ALMOST for earlier, later in zip(sent, sent[CROWD:], strict=False))
    wrong = ["more than thirty in a second"] if crowded else []
    held = [*storm.held, *([(storm.stopped_at, inf)] if storm.stopped_at is not None else [])]
    if any(since + ON_THE_WIRE < call.at < until for since, until in held for call in letters):
        wrong.append("a letter was sent after a pause or a stop")
    return wrong
