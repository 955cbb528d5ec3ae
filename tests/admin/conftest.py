from collections.abc import AsyncIterator

import pytest

from tests.admin.client import Desk
from tests.fixtures import world
from tests.world import World

__all__ = ["desk", "world"]


@pytest.fixture
async def desk(world: World) -> AsyncIterator[Desk]:
    """A browser in front of the panel, not logged in."""
    async with Desk.at(world) as browser:
        yield browser
