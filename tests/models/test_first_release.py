"""A database of the first release, with rows, is brought to the present without losing any."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from models import MODEL_MODULES
from models.contact import Contact
from models.db import connection, migrate, open_database, pending, transaction
from models.db.make import drift
from models.draft import Draft
from models.tip import Tip
from models.unit import Unit
from tests.databases import Templates, empty

IDS = {name: f"{number:032x}" for number, name in enumerate(("unit", "contact", "draft", "tip", "trace"), 1)}
ROWS: dict[str, dict[str, object]] = {
    "unit": {
        "id": IDS["unit"],
        "kind": "county",
        "name": "云岭县",
        "office": "云岭县纪委监委",
        "old_names": "[]",
        "reach": "{}",
        "order": 0,
    },
    "contact": {
        "id": IDS["contact"],
        "tag": b"\x01" * 32,
        "address_locked": b"\x02",
        "language": "zh_CN",
        "blocked": False,
        "seen_on": "2026-11-22",
    },
    "draft": {
        "id": IDS["draft"],
        "contact_id": IDS["contact"],
        "body": b"\x03",
        "expires_at": "2026-11-25 00:00:00+00:00",
    },
    "tip": {
        "id": IDS["tip"],
        "unit_id": IDS["unit"],
        "place_id": IDS["unit"],
        "kind": "accusation",
        "topic": "V01",
        "concerns": "village",
        "channel": "chat",
        "named": False,
        "status": "received",
        "arrived_on": "2026-11-22",
        "official_no": "云岭县〔2026〕1号",
        "lines": 0,
        "reporter_public": b"\x04",
        "narrative": b"\x05",
    },
}


def literal(value: object, backend: str) -> str:
    """As SQL, for columns that the present models would not fill the old way."""
    if isinstance(value, bytes):
        return f"x'{value.hex()}'" if backend == "sqlite" else f"'\\x{value.hex()}'"
    if isinstance(value, bool):
        return str(int(value)) if backend == "sqlite" else str(value).lower()
    if value in IDS.values():
        text = str(value)
        return f"'{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}'"
    return f"'{value}'"


@pytest.fixture
async def empty_url(backend: str, templates: Templates, tmp_path: Path) -> AsyncIterator[str]:
    async with empty(templates, backend, tmp_path) as url:
        yield url


async def test_every_row_of_the_first_release_survives_the_way_to_the_present(empty_url: str, backend: str) -> None:
    await migrate(empty_url, migrations="tests.models.first_release")
    async with await open_database(empty_url, modules=MODEL_MODULES), transaction():
        for table, row in ROWS.items():
            columns = ", ".join(f'"{name}"' for name in row)
            values = ", ".join(literal(value, backend) for value in row.values())
            await connection().execute_query(f'INSERT INTO "{table}" ({columns}) VALUES ({values})')  # noqa: S608
    assert await pending(empty_url)
    await migrate(empty_url)
    assert not await pending(empty_url)
    async with await open_database(empty_url, modules=MODEL_MODULES):
        assert (await Unit.get()).name == "云岭县"
        assert (await Draft.get()).contact_id == (await Contact.get()).id
        assert (await Tip.get()).official_no == "云岭县〔2026〕1号"


async def test_models_and_migrations_agree() -> None:
    assert await drift() == []
