"""Columns that mean the same on SQLite and on PostgreSQL."""

import os
from datetime import UTC, datetime
from typing import Any, TypeVar
from uuid import UUID

from tortoise.fields import BinaryField, DatetimeField, UUIDField
from tortoise.models import Model

Moment = TypeVar("Moment", datetime, datetime | None)
Octets = TypeVar("Octets", bytes, bytes | None)


def new_id() -> UUID:
    """16 random bytes. Made in code, so that an envelope can be bound to its row before the row exists."""
    return UUID(bytes=os.urandom(16))


def IdField() -> UUIDField[UUID]:  # noqa: N802 - stands among the field classes
    """The primary key of every entity."""
    return UUIDField(primary_key=True, default=new_id)


class UtcDatetimeField(DatetimeField[Moment]):
    """A moment with its zone, stored in UTC: SQLite compares datetimes as text, offset included."""

    def to_db_value(self, value: Any, instance: type[Model] | Model) -> Any:
        """Only datetimes are turned; expressions pass."""
        return super().to_db_value(self._in_utc(value), instance)

    def to_python_value(self, value: Any) -> datetime | None:
        """Called by a new entity too: Tortoise would take a naive datetime for UTC."""
        return super().to_python_value(self._in_utc(value))

    def _in_utc(self, value: Any) -> Any:
        if not isinstance(value, datetime):
            return value
        if value.utcoffset() is None:
            raise ValueError(f"{self.model_field_name} needs a time zone")
        return value.astimezone(UTC)


class BytesField(BinaryField[Octets]):
    """Bytes that may be looked up and unique, such as tags. Tortoise forbids it for MySQL's sake."""

    indexable = True


class SealedField(BytesField[Octets]):
    """An envelope of `models.sealing`. Only ever read and written whole."""

    indexable = False
