"""Deleted rows on PostgreSQL that somebody might still see: rewriting a table would carry them along."""

import asyncio
import time
from collections.abc import Sequence
from typing import Final

from tortoise.backends.base.client import BaseDBAsyncClient

PATIENCE: Final = 30.0
"""Seconds. Those who hold such rows back are readers in the middle of a page, and whoever is just connecting."""
_AGAIN: Final = 0.2
_LEFT: Final = "SELECT sum(n_dead_tup) AS n FROM pg_stat_user_tables WHERE schemaname = 'public' AND relname = ANY($1)"


async def cleared(client: BaseDBAsyncClient, tables: Sequence[str], *, patience: float = PATIENCE) -> bool:
    """Waits until nobody can see the deleted rows of these tables any more. False when somebody still does then.

    VACUUM (FULL) alone does not tell: it copies what an older snapshot may see and says so in a notice only.
    """
    until = time.monotonic() + patience
    names = ", ".join(f'"{table}"' for table in tables)
    while True:
        await client.execute_script(f"VACUUM {names}")
        [row] = await client.execute_query_dict(_LEFT, [list(tables)])
        if not row["n"]:
            return True
        if time.monotonic() > until:
            return False
        await asyncio.sleep(_AGAIN)
