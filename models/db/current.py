"""Which transaction the running code is in. A task inherits what it sees here from the task that started it."""

import asyncio
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

from models.db.errors import ForeignTransaction, NoTransaction

Hook = Callable[[], object]

WRITE, READ = "default", "read"


class Transaction:
    """The open transaction of one task, with what is to happen when it ends."""

    __slots__ = ("after_commit", "after_rollback", "client", "is_open", "task")

    def __init__(self, client: Any) -> None:
        self.client = client
        self.task = asyncio.current_task()
        self.is_open = True
        self.after_commit: list[Hook] = []
        self.after_rollback: list[Hook] = []

    @property
    def on_postgres(self) -> bool:
        return bool(self.client.capabilities.dialect == "postgres")

    def finish(self) -> None:
        """Runs the hooks of the way it ended."""
        run(self.after_commit if self.client.committed else self.after_rollback[::-1])

    def undo_since(self, commits: int, rollbacks: int) -> None:
        """What a savepoint takes back also takes back its hooks."""
        del self.after_commit[commits:]
        undone = self.after_rollback[rollbacks:]
        del self.after_rollback[rollbacks:]
        run(undone[::-1])


current: ContextVar[Transaction | None] = ContextVar("transaction", default=None)


def visible_transaction() -> Transaction | None:
    """The open transaction this code can see. A task started inside one may read in it."""
    work = current.get()
    return work if work is not None and work.is_open else None


def joinable_transaction() -> Transaction | None:
    """The open transaction of this very task, if there is one."""
    work = visible_transaction()
    if work is not None and work.task is not asyncio.current_task():
        raise ForeignTransaction("this task was started inside another task's transaction")
    return work


def own_transaction() -> Transaction:
    """The open transaction of this very task."""
    work = joinable_transaction()
    if work is None:
        raise NoTransaction("this needs transaction()")
    return work


def refuse_reading_aside(connection_name: str) -> None:
    """A query remembers the connection of where it was written; the read one does not see our writes."""
    if connection_name == READ and visible_transaction() is not None:
        raise ForeignTransaction("this query was written outside of the transaction it runs in")


def run(hooks: list[Hook]) -> None:
    """The outcome stands whatever a hook does: its error goes to the loop's handler, not to the caller."""
    for hook in hooks:
        try:
            hook()
        except Exception as error:  # noqa: BLE001
            asyncio.get_running_loop().call_exception_handler(
                {"message": "a hook after a transaction failed", "exception": error}
            )
