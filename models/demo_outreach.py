"""Outreach in the demo, by the domain's own verbs: a register with people behind it, a reminder that an officer
proposed and everybody got, a lesson with its quiz on the phones, one submission and one draft that wait.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from models import clock, ledger, rounds
from models.actor import Actor
from models.approving import propose
from models.audience import Audience
from models.campaign import Campaign
from models.contact import Contact
from models.db import transaction
from models.demo_clock import at, days_ago, nine
from models.demo_people import OFFICER, REGISTER, STATION, SUBSCRIBED, Post
from models.draft import Proposing
from models.lesson import Lesson, LessonVersion
from models.officer import Officer
from models.official import Official
from models.outbox import Lane, Outbox
from models.own_node import OwnNode
from models.quiz import Quiz
from models.quiz_totals import count_runs
from models.reviewed import decide
from models.sitting import Place, answer, sit_down
from models.submission import Submission, Wish
from models.subscription import Subscription
from models.taking import take
from models.teaching import foretaste
from models.terms import CampaignKind, CampaignState, Language, LedgerState, LessonState, Readers
from models.unit import tree

_ZH, _HANT, _EN = Language.ZH_CN, Language.ZH_HANT, Language.EN
PROPOSED: Final = "村里要分红了，给干部提个醒：别替亲戚多算，别收人家的烟酒。"
EDITED: Final = {
    _ZH: "分红之前，账先贴出来。不替亲戚多算，不收烟酒，不“代领”。",
    _HANT: "分紅之前，帳先貼出來。不替親戚多算，不收菸酒，不「代領」。",
    _EN: "Before dividends are paid, the accounts go up on the board. Nothing extra for relatives, and no gifts.",
}
WAITS: Final = "最近办喜事的多。请镇里提醒村干部：不收管的人的礼，办酒席先报告。"
FAIR, FAIR_IN = "石桥庙会（虚构）", 9
"""The township's own day, near enough in any season that its reminder has been drafted."""
FAIR_TEXTS: Final = {
    _ZH: "庙会期间，公职人员不收摊主的东西，不借庙会收人情钱，不开公车逛会。",
    _HANT: "廟會期間，公職人員不收攤主的東西，不借廟會收人情錢，不開公車逛會。",
    _EN: "During the temple fair: nothing from stallholders, no gift money, no official cars for a day out.",
}
SILENT: Final = frozenset({"孙站长", "戚主任", "邹所长", "柏所长", "水站长", "窦院长"})
"""They do not say that they know: enough of them that the figures may be shown."""
UNREAD: Final = SILENT | {"赵会计", OFFICER, *SUBSCRIBED}
"""Nor of the lesson have those heard whose phone a visitor may hold."""
TAKERS: Final = 12
Chats = Mapping[str, UUID]


@dataclass(frozen=True, slots=True)
class Desk:
    """Of one office: who writes, and who approves."""

    clerk: Actor
    head: Actor


async def enrol(head: Actor, phones: Mapping[str, str]) -> Chats:
    """An officer, people in office and a resident, each in his chat. Answers whose chat is which."""
    async with transaction():
        chats = {name: await _contact(address) for name, address in phones.items()}
        _, code = await Officer.appoint(head, station_id=await _place(STATION), name=OFFICER)
        await Officer.enrol(code, chats[OFFICER])
        for post in REGISTER:
            await _enter(head, post, chats)
        for name, village in SUBSCRIBED.items():
            await Subscription.take(chats[name], await _place(village))
    return chats


async def remind(town: Desk, chats: Chats) -> None:
    """What an officer proposed: taken, written better, approved, sent, and sent again to the silent."""
    first, second = nine(6), nine(4)
    officer = await Officer.get(name=OFFICER)
    with days_ago(12):
        one = await Submission.hand_in(officer, _words(PROPOSED), Wish(day=clock.day_of(first)))
    with days_ago(11):
        draft = await take(town.clerk, one)
        told: dict[str, Any] = {"kind": draft.kind, "texts": EDITED, "audience": Audience(town.clerk.unit_id)}
        await draft.revise(town.clerk, **told, send_at=first, second_at=second)
        await propose(town.clerk, draft)
    with days_ago(10):
        await decide(town.head, draft, approve=True)
    with at(first):
        await _go_out(draft, _said_so(chats, SILENT))
    with at(second):
        await _go_out(draft, [chats["窦院长"]])


async def spread(county: Desk, lesson: Lesson, quiz: Quiz, chats: Chats) -> None:
    """A lesson with its quiz, to everybody in the county. It is the first message on the phones a visitor holds."""
    version = await LessonVersion.get(lesson_id=lesson.id, state=LessonState.PUBLISHED)
    with days_ago(3):
        draft = await Campaign.compose(
            county.clerk,
            kind=CampaignKind.EDUCATION,
            texts=foretaste(lesson.kind, version),
            audience=Audience(county.clerk.unit_id, readers=tuple(Readers)),
            lesson_id=lesson.id,
            quiz_id=quiz.id,
            send_at=nine(0),
        )
        await propose(county.clerk, draft)
        await decide(county.head, draft, approve=True)
    with at(nine(0)):
        await _go_out(draft, _said_so(chats, UNREAD), waits_on_phones=True)
        await _take_the_quiz(quiz, _said_so(chats, UNREAD)[:TAKERS])


async def wait_for_the_desk(desks: Sequence[Desk], keep_calendar: Callable[[], Awaitable[int]]) -> None:
    """What there is to do now: one submission in the queue, and the calendar's drafts before the heads, the town's own
    day among them.
    """
    officer = await Officer.get(name=OFFICER)
    with days_ago(1):
        await Submission.hand_in(officer, _words(WAITS), Wish.before_festival())
        day = clock.today() + timedelta(days=FAIR_IN)
        await OwnNode.add(desks[-1].clerk, name=FAIR, texts=FAIR_TEXTS, on=day)
        await keep_calendar()
        for desk in desks:
            for draft in await Campaign.filter(unit_id=desk.clerk.unit_id, state=CampaignState.DRAFT):
                await propose(desk.clerk, draft)


def _words(text: str) -> Proposing:
    told = Proposing(CampaignKind.REMINDER)
    told.add_text(text)
    return told


def _said_so(chats: Chats, but: Iterable[str]) -> list[UUID]:
    return [chat for name, chat in chats.items() if name not in set(but)]


async def _go_out(campaign: Campaign, know: Iterable[UUID], *, waits_on_phones: bool = False) -> None:
    """One round, from its hour to its end."""
    await rounds.move_on()
    async with transaction():
        while letters := await ledger.lease(len(REGISTER)):
            if waits_on_phones:
                await Outbox.put([(letter.contact.id, letter.say) for letter in letters], lane=Lane.NOTICE)
            await ledger.settle(ledger.Settled(one.row, one.lease_id, LedgerState.SENT) for one in letters)
        for chat in know:
            await ledger.acknowledge(campaign.id, chat)
        await ledger.count_known()
    await rounds.move_on()


async def _take_the_quiz(quiz: Quiz, chats: list[UUID]) -> None:
    """Every second one is wrong at the first question, which is enough to be shown."""
    async with transaction():
        for number, chat in enumerate(chats):
            sitting = await sit_down(quiz.id, chat)
            for no, question in enumerate(quiz.asked):
                chosen = 0b100 if no == 0 and number % 2 else question.right
                await answer(quiz.id, chat, Place(sitting.number, no), chosen)
        await count_runs()


async def _enter(head: Actor, post: Post, chats: Chats) -> None:
    unit_id = await _place(post.place)
    _, code = await Official.add(
        head, unit_id=unit_id, name=post.name, post=post.post, category=post.category, tags=post.tags
    )
    if post.has_phone:
        await Official.enrol(code, chats[post.name])


async def _contact(address: str) -> UUID:
    contact = Contact.new(address, _ZH)
    await contact.save(force_create=True)
    return contact.id


async def _place(name: str) -> UUID:
    return next(node.id for node in (await tree()).nodes.values() if node.name == name)
