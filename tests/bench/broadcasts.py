"""A broadcast at Telegram's own rate, while residents go on talking: nothing wasted, nothing refused, nobody waits.

Ten thousand people at thirty a second take 333 seconds. That is `--full`. Otherwise a minute is sent at the real rate,
and ten thousand by the same code at ten times the rate, with limits of the simulator raised alike, for the memory.
"""

import asyncio
from contextlib import AsyncExitStack
from typing import Any, Final

from app import JOBS
from bot.limiter import Limiter
from bot.runner import running
from bot.simulator import TOKEN, Call, Person, Simulator
from bot.simulator.limits import Limits
from cli.collector import calm_collector
from cli.waking import scheduled
from models.audience import Audience
from models.campaign import Campaign
from models.clock import today
from models.contact import Contact
from models.db import new_id, transaction
from models.ledger import Ledger
from models.official import Chat, Official, Reached
from models.terms import CampaignState, Category, Language, LedgerState
from tests.bench.child import Child, answering, child
from tests.bench.county import county
from tests.bench.figures import Figure, Options, at
from tests.bench.outreach import due
from tests.bench.phones import STEPS, question, step

REAL: Final = 30
EVERYBODY: Final = 10_000
MINUTE: Final = 1_800
RESIDENTS: Final = 2_000
PACE: Final = 1.2
"""Seconds between one's steps: faster, he would wait for his own chat's limit."""
HEARD: Final = "不收礼。"


async def broadcasts(options: Options) -> list[Figure]:
    """The real rate, then the many."""
    real = await _sent(EVERYBODY if options.full else MINUTE, REAL)
    many = real if options.full else await _sent(EVERYBODY, 10 * REAL)
    return [
        Figure("broadcasts.rate", real["share"] * 100, f"% of {REAL} a second", least=97),
        Figure("broadcasts.refused", real["refused"] + many["refused"], "429s of our own making", most=0),
        Figure("broadcasts.dialogue_p99", real["p99"], "s, a resident's answer meanwhile", most=2),
        Figure("broadcasts.memory", many["drift"] * 100, f"% up or down over {EVERYBODY} letters", most=10),
        Figure("broadcasts.many", many["share"] * many["rate"], f"letters/s where {many['rate']:.0f} are permitted"),
    ]


async def _sent(people: int, rate: int) -> dict[str, float]:
    async with AsyncExitStack() as stack:
        telegram = await stack.enter_async_context(child(telegram_main, rate))
        chats, root = await telegram.ask("people", count=people)
        us = await stack.enter_async_context(child(our_main, TOKEN, root, rate))
        await us.ask("enrol", chats=chats)
        await telegram.ask("warm")
        await us.ask("begin")
        talking = asyncio.create_task(telegram.ask("watch", people=len(chats)))
        drift = await _memory(us)
        told: dict[str, float] = await talking
        return {**told, "rate": rate, "drift": drift}


async def _memory(us: Child) -> float:
    """How far it strays from what it was when a tenth was sent, until all is sent."""
    first, furthest = 0.0, 0.0
    while (done := await us.ask("share")) < 1:
        if done > 0.1:
            first = first or us.memory()
            furthest = max(furthest, abs(us.memory() / first - 1))
        await asyncio.sleep(1)
    return furthest


async def our_main(pipe: Any, token: str, root: str, rate: int) -> None:
    """The product, with a limiter of this rate."""
    async with AsyncExitStack() as stack:
        world, _ = await stack.enter_async_context(county())
        unit = world.units["云岭县"].id

        async def enrol(chats: list[int]) -> None:
            contacts = [Contact.new(f"telegram:{chat}", Language.ZH_CN) for chat in chats]
            links = [Reached.of(contact.id) for contact in contacts]
            posts = [
                Official(
                    name=f"干部{n}", post="村会计", unit_id=world.units["清水村"].id, category=Category.GRASSROOTS,
                    added_on=today(), reached_id=link.id, chat=Chat.OWN, id=new_id(),
                )
                for n, link in enumerate(links)
            ]  # fmt: skip
            async with transaction():
                await Contact.bulk_create(contacts, batch_size=1_000)
                await Reached.bulk_create(links, batch_size=1_000)
                await Official.bulk_create(posts, batch_size=1_000)
            await stack.enter_async_context(scheduled(JOBS))
            limiter = Limiter(per_second=rate)
            await stack.enter_async_context(running(token=token, api_root=root, limiter=limiter))
            stack.enter_context(calm_collector())

        async def begin() -> None:
            await due(unit, Audience(unit))

        await answering(pipe, enrol=enrol, begin=begin, share=share)


async def share() -> float:
    """How much of the one broadcast is settled."""
    campaign = await Campaign.get()
    if campaign.state is CampaignState.SCHEDULED:
        return 0.0
    waiting = await Ledger.filter(state__in=[LedgerState.QUEUED, LedgerState.LEASED]).count()
    return 1 - waiting / await Ledger.all().count()


async def telegram_main(pipe: Any, rate: int) -> None:
    """Telegram with its limits, people in office, and residents who talk meanwhile."""
    sim = Simulator(limits=True)
    sim.world.limits = Limits(sim.world.clock, per_bot=rate)
    async with sim.running() as root:

        async def people(count: int) -> tuple[list[int], str]:
            return list({sim.person(f"干部{n}").id for n in range(count)}), root

        async def watch(people: int) -> dict[str, float]:
            waits = asyncio.create_task(_talks(sim))
            letters: list[Call] = []
            while len(letters) < people:
                await asyncio.sleep(1)
                letters = [call for call in sim.calls("sendMessage") if _is_letter(call)]
            waits.cancel()
            all_sent = [one for one in sim.calls("sendMessage") if letters[0].at <= one.at <= letters[-1].at]
            refused = sum(one.outcome != "ok" for one in all_sent)
            seconds = letters[-1].at - letters[0].at
            return {"share": len(all_sent) / seconds / rate, "refused": refused, "p99": at(_waits, 0.99)}

        async def warm() -> None:
            """The bot is up once it has answered somebody."""
            first = sim.person("最早的人")
            first.chat.show(question(sim, first))
            await _answer(sim, first, 0)
            _waits.clear()

        await answering(pipe, people=people, warm=warm, watch=watch)


_waits: list[float] = []


async def _talks(sim: Simulator) -> None:
    """One resident after another, a step every second, each answered before the next."""
    for number in range(RESIDENTS):
        resident = sim.person(f"村民{number}")
        resident.chat.show(question(sim, resident))
        for nth in range(STEPS):
            await _answer(sim, resident, nth)
            await asyncio.sleep(PACE)


async def _answer(sim: Simulator, resident: Person, nth: int) -> None:
    shown, asked = sum(one.from_bot for one in resident.screen), sim.world.clock()
    step(resident, nth)
    while sum(one.from_bot for one in resident.screen) == shown:  # noqa: ASYNC110  seen by looking
        await asyncio.sleep(0.005)
    _waits.append(sim.world.clock() - asked)


def _is_letter(call: Call) -> bool:
    return call.outcome == "ok" and HEARD in str(call.params.get("text"))
