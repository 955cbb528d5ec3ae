import asyncio
import heapq
import random
from collections.abc import Iterator
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.lanes import Priority
from bot.limiter import Limiter

HAIR = 1e-6


class Time:
    """A clock that stands still until everything that can run has run."""

    def __init__(self) -> None:
        self.now = 1000.0
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []
        self._count = 0

    def clock(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        assert seconds > 0
        self._count += 1
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self.now + seconds, self._count, future))
        await future

    async def settle(self) -> None:
        for _ in range(20):
            await asyncio.sleep(0)

    async def run_until(self, end: float) -> None:
        await self.settle()
        while self._sleepers and self._sleepers[0][0] <= end:
            self.now, _, future = heapq.heappop(self._sleepers)
            if not future.done():
                future.set_result(None)
            await self.settle()
        self.now = max(self.now, end)


class Sender:
    def __init__(self, time: Time) -> None:
        self.limiter = Limiter(clock=time.clock, sleep=time.sleep)
        self.time = time
        self.sent: list[tuple[float, int, Priority, int]] = []
        self.tasks: list[asyncio.Task[None]] = []

    def send(self, chat: int, priority: Priority, number: int = 0) -> asyncio.Task[None]:
        self.tasks.append(asyncio.create_task(self._send(chat, priority, number)))
        return self.tasks[-1]

    async def _send(self, chat: int, priority: Priority, number: int) -> None:
        await self.limiter.slot(chat, priority)
        self.sent.append((self.time.now, chat, priority, number))


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
async def sender(time: Time) -> Sender:
    return Sender(time)


def no_more_than(times: list[float], count: int, window: float) -> bool:
    return all(later - first >= window - HAIR for first, later in zip(times, times[count:], strict=False))


def scenario(seed: int) -> Iterator[tuple[float, int, Priority]]:
    dice = random.Random(seed)
    chats, moment = dice.choice([1, 3, 40]), 0.0
    for _ in range(150):
        moment += dice.choice([0, 0, 0.01, 0.3])
        yield moment, dice.randrange(chats), dice.choice(list(Priority))


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**6))
def test_limits_order_and_progress_hold_whatever_comes(seed: int) -> None:
    asyncio.run(_holds(seed))


async def _holds(seed: int) -> None:
    time, dice = Time(), random.Random(seed)
    sender = Sender(time)
    cancelled = 0
    for number, (moment, chat, priority) in enumerate(scenario(seed)):
        await time.run_until(1000 + moment)
        task = sender.send(chat, priority, number)
        if dice.random() < 0.1:
            await asyncio.sleep(0)
            cancelled += not task.done() and task.cancel()
        if dice.random() < 0.02:
            sender.limiter.refused(chat, dice.choice([0.5, 3]))
    await time.run_until(1000 + 400)
    assert all(task.done() for task in sender.tasks), "a message waits for ever"
    assert len(sender.sent) == len(sender.tasks) - cancelled
    assert no_more_than([moment for moment, *_ in sender.sent], 30, 1.0)
    for chat in {chat for _, chat, *_ in sender.sent}:
        times = [moment for moment, one, *_ in sender.sent if one == chat]
        for extra in range(len(times)):
            assert no_more_than(times, 3 + extra, 1.0 + extra)
        for priority in Priority:
            numbers = [n for _, one, lane, n in sender.sent if (one, lane) == (chat, priority)]
            assert numbers == sorted(numbers)
    assert sender.limiter._alarm is None
    assert not sender.limiter._waiting
    assert not any(sender.limiter._open.values())


def test_the_check_itself_can_go_red() -> None:
    assert not no_more_than([0.0] * 31, 30, 1.0)
    assert not no_more_than([0.0, 0.0, 0.0, 0.5], 3, 1.0)


async def test_one_chat_gets_a_burst_and_then_one_a_second(time: Time, sender: Sender) -> None:
    for number in range(6):
        sender.send(1, Priority.INTERACTIVE, number)
    await time.run_until(1010)
    assert [round(moment - 1000, 2) for moment, *_ in sender.sent] == [0, 0, 0, 1, 2, 3]


async def test_an_answer_overtakes_a_broadcast_in_its_own_and_in_other_chats(time: Time, sender: Sender) -> None:
    for chat in range(300):
        sender.send(chat, Priority.BROADCAST)
    await time.settle()
    sender.send(299, Priority.INTERACTIVE)
    sender.send(1000, Priority.INTERACTIVE)
    await time.run_until(1020)
    places = {chat: place for place, (_, chat, lane, _) in enumerate(sender.sent) if lane is Priority.INTERACTIVE}
    assert places[299] <= 31
    assert places[1000] <= 32
    assert len(sender.sent) == 302


async def test_broadcasts_go_on_under_a_flood_of_answers(time: Time, sender: Sender) -> None:
    for chat in range(3):
        sender.send(9000 + chat, Priority.BROADCAST)
        sender.send(8000 + chat, Priority.NOTICE)
    for chat in range(600):
        sender.send(chat, Priority.INTERACTIVE)
    await time.run_until(1008)
    lanes = [lane for _, _, lane, _ in sender.sent]
    assert lanes.count(Priority.BROADCAST) == 3
    assert lanes.count(Priority.NOTICE) == 3


async def test_a_noisy_chat_does_not_hold_up_others(time: Time, sender: Sender) -> None:
    for number in range(500):
        sender.send(1, Priority.INTERACTIVE, number)
    other = sender.send(2, Priority.INTERACTIVE)
    await time.run_until(1000.5)
    assert other.done()
    for task in sender.tasks:
        task.cancel()
    await time.settle()
    assert sender.limiter._alarm is None


async def test_a_refused_chat_stops_alone(time: Time, sender: Sender) -> None:
    sender.limiter.refused(1, 20)
    sender.limiter.refused(1, 20)
    sender.limiter.refused(2, 5)
    for chat in (1, 2, 3):
        sender.send(chat, Priority.INTERACTIVE)
    await time.run_until(1100)
    assert [(round(moment), chat) for moment, chat, *_ in sender.sent] == [(1000, 3), (1005, 2), (1020, 1)]


async def test_several_refused_chats_within_a_second_stop_the_bot(time: Time, sender: Sender) -> None:
    for chat in (1, 2, 3):
        sender.limiter.refused(chat, 10)
    sender.send(4, Priority.INTERACTIVE)
    await time.run_until(1100)
    assert [(round(moment), chat) for moment, chat, *_ in sender.sent] == [(1010, 4)]


async def test_refusals_far_apart_do_not_add_up(time: Time, sender: Sender) -> None:
    for chat in range(5):
        sender.limiter.refused(chat, 10)
        await time.run_until(time.now + 1.5)
    task = sender.send(99, Priority.INTERACTIVE)
    await time.settle()
    assert task.done()


async def test_idle_chats_are_forgotten(time: Time, sender: Sender) -> None:
    for chat in range(2000):
        sender.send(chat, Priority.NOTICE)
        await time.run_until(time.now + 0.05)
    assert len(sender.limiter._chats) <= 200
    assert len(sender.limiter._resting) <= 200


async def test_a_cancelled_message_leaves_no_trace(time: Time, sender: Sender) -> None:
    for number in range(6):
        sender.send(1, Priority.NOTICE, number)
    await time.settle()
    for task in sender.tasks[3:]:
        task.cancel()
    await time.settle()
    assert sender.limiter._alarm is None
    await time.run_until(1005)
    again = sender.send(1, Priority.NOTICE)
    await time.settle()
    assert again.done()
    assert len(sender.sent) == 4


async def test_on_the_real_clock_it_keeps_time_too() -> None:
    limiter = Limiter(per_second=5, pace=0.05)
    loop = asyncio.get_running_loop()
    times: list[float] = []
    for number in range(8):
        await limiter.slot(number % 2, Priority.INTERACTIVE)
        times.append(loop.time())
    assert no_more_than(times, 5, 0.99)
    assert all(first <= second for first, second in pairwise(times))
