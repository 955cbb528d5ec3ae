"""Telegram and its people, in a process of their own. Each person goes through steps that give one answer each."""

import asyncio
import random
from collections import defaultdict
from contextlib import AsyncExitStack
from itertools import islice
from typing import Any

from bot.simulator import Person, Simulator
from bot.simulator.chats import Message
from tests.bench.child import answering

STEPS = 6
PATIENCE = 120.0
QUESTION = "说的是哪个村的事？请打村名，老名字也行。"


class Phones:
    """One bot's Telegram. `round` numbers make new people each time."""

    def __init__(self) -> None:
        self.sim = Simulator()
        self._round = 0

    async def backlog(self, chats: int) -> dict[str, float]:
        """Everything at once, chats interleaved at random; answers when all is answered."""
        people = self._people(chats)
        turns = [person for person in people for _ in range(STEPS)]
        random.Random(20261123).shuffle(turns)
        done: dict[int, int] = defaultdict(int)
        began = self.sim.world.clock()
        for person in turns:
            step(person, done[person.id])
            done[person.id] += 1
        at = await self._answered(people)
        return {"steps": len(turns), "seconds": max(at) - began}

    async def paced(self, per_second: float, seconds: float) -> dict[str, Any]:
        """A step every so often, from chat to chat; answers how long each waited for its answer."""
        count = round(per_second * seconds / STEPS)
        people, asked = self._people(count), defaultdict[int, list[float]](list)
        began = asyncio.get_running_loop().time()
        for number in range(count * STEPS):
            person = people[number % count]
            await asyncio.sleep(began + number / per_second - asyncio.get_running_loop().time())
            asked[person.id].append(self.sim.world.clock())
            step(person, number // count)
        await self._answered(people)
        told = self._told()
        waits = [later - sooner for chat, at in asked.items() for sooner, later in zip(at, told[chat], strict=True)]
        return {"waits": waits}

    def _people(self, count: int) -> list[Person]:
        self._round += 1
        self.sim.world.history.clear()
        people = [self.sim.person(f"村民{n}", f"{self._round}/{n}") for n in range(count)]
        for person in people:
            person.chat.show(question(self.sim, person))
        return people

    async def _answered(self, people: list[Person]) -> list[float]:
        """When each answer came. One each, neither fewer nor more."""
        wanted = len(people) * STEPS
        async with asyncio.timeout(PATIENCE):
            while (heard := sum(len(at) for at in self._told().values())) < wanted:  # noqa: ASYNC110  seen by looking
                await asyncio.sleep(0.02 + (wanted - heard) / 20_000)
        await asyncio.sleep(0.2)
        told = self._told()
        if any(len(told[person.id]) != STEPS for person in people):
            raise AssertionError("a step was not answered exactly once")
        return [moment for at in told.values() for moment in at]

    def _told(self) -> dict[int, list[float]]:
        told = defaultdict[int, list[float]](list)
        for call in islice(self.sim.world.history, None):
            if call.method == "sendMessage" and call.outcome == "ok" and call.chat_id is not None:
                told[call.chat_id].append(call.at)
        return told


def step(person: Person, number: int) -> None:
    """Six steps of somebody who begins to tell, three typed and three pressed, one answer each."""
    question = person.screen[0].id
    match number:
        case 0:
            person.presses_data(question, "!report")
        case 1:
            person.says("河对面那个村")
        case 2:
            person.says("清水村")
        case 3:
            person.presses_data(question, "3:V06")
        case 4:
            person.says("/privacy")
        case _:
            person.presses_data(question, "!on")


def question(sim: Simulator, person: Person) -> Message:
    """What a press quotes: a message of the bot with its buttons, as Telegram repeats it."""
    names = ("惠农补贴", "救助低保", "集体三资", "土地宅基", "工程项目", "乱收费", "村务公开", "作风", "其他")
    buttons = [[{"text": name, "callback_data": f"3:V0{n}"}] for n, name in enumerate(names)]
    api = {
        "message_id": sim.world.next_message_id(),
        "from": sim.world.me,
        "chat": person.chat.api,
        "date": int(sim.world.clock()),
        "text": QUESTION,
        "reply_markup": {"inline_keyboard": buttons},
    }
    return Message(api, from_bot=True, markup={"inline_keyboard": buttons})


async def main(pipe: Any, names: tuple[str, ...]) -> None:
    """A Telegram for each name, until told to stop."""
    phones = {name: Phones() for name in names}
    async with AsyncExitStack() as stack:
        roots = {name: await stack.enter_async_context(one.sim.running()) for name, one in phones.items()}

        async def where() -> dict[str, str]:
            return roots

        async def backlog(name: str, chats: int) -> dict[str, float]:
            return await phones[name].backlog(chats)

        async def paced(name: str, per_second: float, seconds: float) -> dict[str, Any]:
            return await phones[name].paced(per_second, seconds)

        await answering(pipe, where=where, backlog=backlog, paced=paced)
