"""PostgreSQL through asyncpg: two pools on one server, one of them read-only."""
# ruff: noqa: SLF001 - Tortoise's seams are private

import asyncio
from typing import Any

import asyncpg
from tortoise.backends.asyncpg.client import AsyncpgDBClient, TransactionWrapper
from tortoise.backends.base.client import (
    NestedTransactionContext,
    PoolConnectionWrapper,
    TransactionalDBClient,
    TransactionContext,
)
from tortoise.backends.base_postgres.client import translate_exceptions
from tortoise.connection import ConnectionToken, get_connections
from tortoise.exceptions import TransactionManagementError

from models.db.current import refuse_reading_aside
from models.db.errors import NoTransaction
from models.db.settled import settled


class Connection(asyncpg.Connection):  # type: ignore[misc]
    """Leaves out the reset query between users: we set nothing per session, and it costs a round trip."""

    def get_reset_query(self) -> str:
        """Open transactions are still rolled back by asyncpg when a connection returns."""
        return ""


class QingfengPostgresClient(AsyncpgDBClient):
    """A pool whose transactions never leak a connection."""

    connection_class = Connection

    def acquire_connection(self) -> PoolConnectionWrapper[asyncpg.Connection]:
        refuse_reading_aside(self.connection_name)
        return PoolConnectionWrapper(self, self._pool_init_lock)

    async def _translate_exceptions(self, func: Any, *args: Any, **kwargs: Any) -> Any:
        try:
            return await super()._translate_exceptions(func, *args, **kwargs)
        except TransactionManagementError as error:
            if isinstance(error.__cause__, asyncpg.ReadOnlySQLTransactionError):
                raise NoTransaction("writing needs transaction()") from error
            raise

    def _in_transaction(self) -> TransactionContext:
        return PooledTransaction(self)


class PooledTransaction(TransactionContext):
    """Replaces Tortoise's, which keeps connection and token when BEGIN fails or is cancelled."""

    __slots__ = ("client", "parent", "token")

    def __init__(self, parent: QingfengPostgresClient) -> None:
        self.parent = parent
        self.token: ConnectionToken | None = None

    async def __aenter__(self) -> TransactionalDBClient:
        pool = await self._pool()
        self.client: PostgresTransaction = PostgresTransaction(self.parent)
        self.client._connection = await pool.acquire()
        try:
            await self.client.begin()
        except BaseException:
            await pool.release(self.client._connection)
            raise
        self.token = get_connections().set(self.parent.connection_name, self.client)
        return self.client

    async def __aexit__(self, exc_type: type[BaseException] | None, *_: object) -> None:
        try:
            if not self.client._finalized:
                await (self.client.rollback() if exc_type else self.client.commit())
        finally:
            get_connections().reset(self.token)
            if self.parent._pool:
                await self.parent._pool.release(self.client._connection)

    async def _pool(self) -> Any:
        if not self.parent._pool:
            async with self.parent._pool_init_lock:
                if not self.parent._pool:
                    await self.parent.create_connection(with_db=True)
        return self.parent._pool


class PostgresTransaction(TransactionWrapper):
    """The connection as it is seen inside one transaction."""

    committed = False

    def _in_transaction(self) -> TransactionContext:
        return NestedTransactionContext(TransactionWrapper(self))

    @translate_exceptions
    async def commit(self) -> None:
        """Whether it succeeded is always known: the hooks depend on it."""
        answer = asyncio.ensure_future(super().commit())
        await settled(answer, done=self._mark_committed)

    def _mark_committed(self) -> None:
        self.committed = True


client_class = QingfengPostgresClient
