"""Fixtures for whole rooms: a county with people and keys."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from models.db import Database
from tests.databases import Templates
from tests.world import World


@pytest.fixture
async def world(database: Database, backend: str, templates: Templates, tmp_path: Path) -> AsyncIterator[World]:
    """云岭县 with its offices open and everybody holding his keys: a copy of one that was built once."""
    assert database
    woken = await World.wake(templates.memory(backend).read_bytes(), tmp_path)
    yield woken
    woken.leave()
