"""What can go wrong with the database itself: mistakes of ours or of the operator, never of a user."""

import sqlite3
from collections.abc import Iterator
from typing import Final

_SQLITE: Final = frozenset(
    {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_READONLY,
    }
)
_POSTGRES: Final = ("08", "53", "57")
"""Classes of SQLSTATE: connection, resources such as the disk, the operator's own doing."""


class DatabaseBusy(RuntimeError):
    """Another process holds the database, or did not finish writing in time."""


class NoTransaction(RuntimeError):
    """Rows are written, and hooks registered, only inside `transaction()`."""


class ForeignTransaction(RuntimeError):
    """The transaction belongs to another task. Start tasks after the commit: see `on_commit`."""


class MigrationRefused(RuntimeError):
    """A migration would have lost or broken something. Nothing was changed."""


def is_trouble(error: BaseException) -> bool:
    """Whether the database itself failed: it is gone, busy or full. The same work may succeed a little later."""
    return any(_is_trouble(one) for one in _chain(error))


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _is_trouble(error: BaseException) -> bool:
    if isinstance(error, sqlite3.Error):
        # The extended code keeps the plain one in its lowest byte.
        return getattr(error, "sqlite_errorcode", 0) & 0xFF in _SQLITE
    return isinstance(error, DatabaseBusy | OSError) or str(getattr(error, "sqlstate", "")).startswith(_POSTGRES)
