"""Durable dialogue steps: faster than an echo that forgets, quick at Telegram's own rate, and cheap."""

from contextlib import AsyncExitStack

from bot.simulator import TOKEN
from tests.bench import echo, ours, phones
from tests.bench.child import Child, child
from tests.bench.figures import Figure, Options, at

CHATS, ECHO_CHATS = 500, 100
ROUNDS = 6
RATE = 30.0


async def steps(options: Options) -> list[Figure]:
    """Rounds in turn, the best of each, for a busy neighbour only ever takes; then thirty steps a second."""
    async with AsyncExitStack() as stack:
        telegram = await stack.enter_async_context(child(phones.main, ("ours", "echo")))
        roots = await telegram.ask("where")
        us = await stack.enter_async_context(child(ours.main, TOKEN, roots["ours"]))
        await us.ask("ready")
        them = await stack.enter_async_context(child(echo.main, TOKEN, roots["echo"], on_uvloop=False))
        await them.ask("ready")
        return [*await _race(telegram, us, them), *await _paced(telegram, us, 60 if options.full else 20)]


async def _race(telegram: Child, us: Child, them: Child) -> list[Figure]:
    rates: dict[str, list[float]] = {"ours": [], "echo": []}
    cpu: dict[str, list[float]] = {"ours": [], "echo": []}
    for _ in range(ROUNDS):
        for name, who, chats in (("echo", them, ECHO_CHATS), ("ours", us, CHATS)):
            used = who.cpu()
            told = await telegram.ask("backlog", name=name, chats=chats)
            rates[name].append(told["steps"] / told["seconds"])
            cpu[name].append((who.cpu() - used) / told["steps"] * 1000)
    return [
        Figure("steps.ratio", max(rates["ours"]) / max(rates["echo"]), "× PTB's echo on httpx", least=1.5),
        Figure("steps.durable", max(rates["ours"]), "steps/s"),
        Figure("steps.echo", max(rates["echo"]), "steps/s"),
        Figure("steps.cpu", min(cpu["ours"]), "ms/step"),
        Figure("steps.echo_cpu", min(cpu["echo"]), "ms/step"),
    ]


async def _paced(telegram: Child, us: Child, seconds: float) -> list[Figure]:
    used = us.cpu()
    told = await telegram.ask("paced", name="ours", per_second=RATE, seconds=seconds)
    cpu = (us.cpu() - used) / seconds * 100
    return [
        Figure("steps.paced_p50", at(told["waits"], 0.5) * 1000, "ms"),
        Figure("steps.paced_p99", at(told["waits"], 0.99) * 1000, "ms", most=200),
        Figure("steps.paced_cpu", cpu, "% of one core", most=25),
    ]
