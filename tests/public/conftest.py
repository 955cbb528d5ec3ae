from collections.abc import AsyncIterator

import pytest

from tests.fixtures import world
from tests.public.visitor import Visitor
from tests.world import World

__all__ = ["visitor", "world"]


@pytest.fixture
async def visitor(world: World) -> AsyncIterator[Visitor]:
    """Somebody in front of the public site."""
    async with Visitor.at(world) as person:
        yield person
