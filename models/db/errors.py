"""What can go wrong with the database itself: mistakes of ours or of the operator, never of a user."""


class DatabaseBusy(RuntimeError):
    """Another process holds the database, or did not finish writing in time."""


class NoTransaction(RuntimeError):
    """Rows are written, and hooks registered, only inside `transaction()`."""


class ForeignTransaction(RuntimeError):
    """The transaction belongs to another task. Start tasks after the commit: see `on_commit`."""


class MigrationRefused(RuntimeError):
    """A migration would have lost or broken something. Nothing was changed."""
