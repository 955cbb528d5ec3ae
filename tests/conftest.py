"""What every test may ask for: a database of its own, on SQLite and on PostgreSQL."""

import os
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent.parent))

from models.db import Database, open_database
from tests.databases import PEOPLED, REAL, SAMPLE, Templates, fresh, tidied
from tests.postgres import binaries, shared_server

BACKENDS = {"sqlite": ["sqlite"], "postgres": ["postgres"], "both": ["sqlite", "postgres"]}


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--db", choices=list(BACKENDS), default="both", help="databases to run the suite on")
    parser.addoption("--broadcast-seeds", type=int, default=3, help="how many broadcasts are sent through bad weather")
    parser.addoption("--calendar-seeds", type=int, default=1, help="how often three years of reminders go by")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test that touches a database runs on both, unless it names its backends itself."""
    chosen = (marker.args[0] for marker in metafunc.definition.iter_markers("parametrize"))
    if "calendar_seed" in metafunc.fixturenames:
        metafunc.parametrize("calendar_seed", range(7, 7 + metafunc.config.getoption("--calendar-seeds")))
    if "weather_seed" in metafunc.fixturenames:
        metafunc.parametrize("weather_seed", range(metafunc.config.getoption("--broadcast-seeds")))
    if "backend" in metafunc.fixturenames and not any("backend" in names for names in chosen):
        metafunc.parametrize("backend", BACKENDS[metafunc.config.getoption("--db")])


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The long ones first, so that at the end no worker waits for another's."""
    items.sort(key=lambda item: not any(item.get_closest_marker(name) for name in ("faults", "browser")))


@pytest.fixture(scope="session")
def shared_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that all workers of this run see."""
    own = tmp_path_factory.getbasetemp()
    return own.parent if "PYTEST_XDIST_WORKER" in os.environ else own


@pytest.fixture(scope="session")
def file_templates(shared_folder: Path) -> Templates:
    return Templates(shared_folder, None)


@pytest.fixture(scope="session")
def server_templates(shared_folder: Path) -> Iterator[Templates]:
    if binaries() is None:
        missing = "no PostgreSQL server found (initdb is neither on PATH nor in /usr/lib/postgresql)"
        if "CI" in os.environ:
            pytest.fail(missing)
        pytest.skip(missing)
    with ExitStack() as stack:
        yield Templates(shared_folder, stack.enter_context(shared_server(shared_folder)))


@pytest.fixture
def templates(backend: str, request: pytest.FixtureRequest) -> Templates:
    """The server starts only when the first test needs it."""
    if backend not in BACKENDS[request.config.getoption("--db")]:
        pytest.skip(f"needs {backend}, and --db asks for another")
    found: Templates = request.getfixturevalue(f"{'file' if backend == 'sqlite' else 'server'}_templates")
    return found


@pytest.fixture
async def database_url(
    backend: str, templates: Templates, tmp_path: Path, request: pytest.FixtureRequest
) -> AsyncIterator[str]:
    blueprint = PEOPLED if "world" in request.fixturenames else REAL
    if "apart" not in request.fixturenames:
        yield await tidied(templates, backend, blueprint, tmp_path)
        return
    async with fresh(templates, backend, blueprint, tmp_path) as url:
        yield url


@pytest.fixture
def apart() -> None:
    """For a test that looks at the bytes of its database, or changes its tables: a copy of its own."""


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """The product's tables, empty. What the test starts sees this database."""
    async with await open_database(database_url, modules=REAL.modules) as opened:
        yield opened


@pytest.fixture
async def sample_url(backend: str, templates: Templates, tmp_path: Path) -> AsyncIterator[str]:
    async with fresh(templates, backend, SAMPLE, tmp_path) as url:
        yield url


@pytest.fixture
async def samples(sample_url: str) -> AsyncIterator[Database]:
    """The two small tables with which the database layer itself is tested."""
    async with await open_database(sample_url, modules=SAMPLE.modules) as opened:
        yield opened
