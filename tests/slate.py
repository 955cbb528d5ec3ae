"""A PostgreSQL database that one test after another writes on."""
# ruff: noqa: S608 - the names come from the catalogue of our own tables

from dataclasses import dataclass

import asyncpg


@dataclass(frozen=True)
class Slate:
    """Wiping it costs a tenth of a new copy. Its first rows lie beside the tables, in the schema `seed`."""

    url: str
    wiping: str  # the statements that bring the first rows back
    shape: str  # of its tables, as they were

    @classmethod
    async def take(cls, url: str) -> "Slate":
        """A database that nobody has written on yet."""
        connection = await asyncpg.connect(url)
        try:
            return cls(url, await _wiping(connection), await connection.fetchval(_SHAPE))
        finally:
            await connection.close()

    async def wipe(self) -> bool:
        """Puts everything back and throws out who is still connected. False when a test has changed the tables."""
        connection = await asyncpg.connect(self.url)
        try:
            await connection.fetch(_THROW_OUT)
            if await connection.fetchval(_SHAPE) != self.shape:
                return False
            await connection.execute(self.wiping)
        finally:
            await connection.close()
        return True


_THROW_OUT = """
SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()
"""
_SHAPE = """
SELECT md5(string_agg(format('%s %s %s', relname, relnatts, relkind), ',' ORDER BY relname)) FROM pg_class
WHERE relnamespace = 'public'::regnamespace
"""


async def _wiping(connection: asyncpg.Connection) -> str:
    tables = [row[0] for row in await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")]
    await connection.execute("CREATE SCHEMA seed")
    said = ["SET session_replication_role = replica"]  # no foreign keys meanwhile, so that the order is any
    said += [f'DELETE FROM public."{table}"' for table in tables]
    for table in tables:
        if await connection.fetchval(f'SELECT EXISTS (SELECT FROM public."{table}")'):
            await connection.execute(f'CREATE TABLE seed."{table}" AS TABLE public."{table}"')
            said.append(f'INSERT INTO public."{table}" SELECT * FROM seed."{table}"')
    counters = "SELECT sequencename, start_value, last_value FROM pg_sequences WHERE schemaname = 'public'"
    for name, start, last in await connection.fetch(counters):
        said.append(f"SELECT setval('public.\"{name}\"', {last or start}, {'true' if last else 'false'})")
    return "; ".join(said)
