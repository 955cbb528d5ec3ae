"""Fixtures for whole rooms: a county with people and keys."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from models.db import Database
from tests.world import World


@pytest.fixture
async def world(database: Database, tmp_path: Path) -> AsyncIterator[World]:
    """云岭县 with its offices open and everybody holding his keys."""
    assert database
    built = await World.build(tmp_path)
    yield built
    built.leave()
