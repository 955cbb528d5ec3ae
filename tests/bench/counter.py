"""The residents' site in a process of its own, with a gate that never slows: a bench comes from one address."""

import hashlib
from collections import Counter
from contextlib import AsyncExitStack
from typing import Any
from uuid import UUID

from aiohttp import web

from admin.public.app import SERVER, PublicConfig, public_site
from cli.collector import calm_collector
from models.attachment import MAX_BYTES, Attachment
from models.flood import AddressGate
from models.house import house
from models.sealed_files import decrypt, gathered
from models.thread import Thread
from models.tip import Tip
from tests.bench.child import answering
from tests.bench.county import county

NEVER = 10**9


async def main(pipe: Any) -> None:
    """Serve until told to stop."""
    async with AsyncExitStack() as stack:
        world, _ = await stack.enter_async_context(county())
        gate = AddressGate(posts=NEVER, tips=NEVER, tries=NEVER)
        runner = web.AppRunner(public_site(PublicConfig(gate=gate)), **SERVER)
        await runner.setup()
        stack.push_async_callback(runner.cleanup)
        await web.TCPSite(runner, "127.0.0.1", 0).start()

        async def door() -> dict[str, Any]:
            return {"port": runner.addresses[0][1], "village": world.units["清水村"].id.hex}

        stack.enter_context(calm_collector())
        await answering(pipe, door=door, check=check)


async def check(told: dict[str, str]) -> int:
    """Every code opens its tip, whose one file has the digest that was sent; nothing is lost or doubled."""
    if await Tip.all().count() != len(told):
        raise AssertionError("tips were lost or doubled")
    found = Counter({code: digest for code, digest in told.items() if await _digest(code) == digest}.keys())
    if found.total() != len(told):
        raise AssertionError(f"{len(told) - found.total()} files are not what was sent")
    return found.total()


async def _digest(code: str) -> str:
    thread = await Thread.open(code, who=None)
    [file] = [part["file"] for part in await thread.story() if "file" in part]
    row = await Attachment.get(id=UUID(hex=file), tip_id=thread.tip_id)
    size, key = row.open_meta(thread.reporter_secret)["size"], row.open_key(thread.reporter_secret)
    return hashlib.sha256(await gathered(decrypt(key, row.id, size, house().files.open(row.id)), MAX_BYTES)).hexdigest()
