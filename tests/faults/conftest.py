from pathlib import Path

import pytest

from tests.databases import Templates, apart
from tests.faults.nursery import Nursery
from tests.faults.template import Template


async def make(folder: Path, server: Path | None) -> None:
    async with Nursery() as nursery:
        await Template.make(nursery, folder, server)


@pytest.fixture(scope="session")
def county(tmp_path_factory: pytest.TempPathFactory) -> Template:
    """On SQLite, for this worker."""
    folder = tmp_path_factory.mktemp("faults") / "county"
    apart(make(folder, None))
    return Template(folder, None)


@pytest.fixture(scope="session")
def served_county(tmp_path_factory: pytest.TempPathFactory, server_templates: Templates) -> Template:
    """On PostgreSQL, for this worker."""
    folder = tmp_path_factory.mktemp("faults") / "county"
    apart(make(folder, server_templates.server))
    return Template(folder, server_templates.server)


@pytest.fixture
def template(backend: str, request: pytest.FixtureRequest) -> Template:
    found: Template = request.getfixturevalue("county" if backend == "sqlite" else "served_county")
    return found
