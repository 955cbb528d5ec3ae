"""The rooms keep their doors: who may import whom, who writes, who reads the environment."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests import rooms

ROOT = Path(__file__).parent.parent
Check = Callable[[Path], list[str]]
CHECKS: tuple[Check, ...] = (
    rooms.wrong_imports,
    rooms.simulator_guests,
    rooms.readers_of_environment,
    rooms.writers_outside_models,
    rooms.machine_words,
)
PLANTED: tuple[tuple[Check, str, str], ...] = (
    (rooms.wrong_imports, "bot/door.py", "import admin.app"),
    (rooms.wrong_imports, "admin/views/tips.py", "def show():\n    from bot import door"),
    (rooms.wrong_imports, "models/tip.py", "import locales"),
    (rooms.wrong_imports, "models/tip.py", "def f():\n    from aiohttp import web"),
    (rooms.wrong_imports, "models/db/x.py", "from ...bot import door"),
    (rooms.wrong_imports, "models/tip.py", "import importlib\nimportlib.import_module('telegram.ext')"),
    (rooms.wrong_imports, "bot/door.py", "from cli import house"),
    (rooms.wrong_imports, "admin/app.py", "from tests import world"),
    (rooms.simulator_guests, "bot/runner.py", "from bot.simulator import Simulator"),
    (rooms.simulator_guests, "app.py", "def f():\n    from bot import simulator"),
    (rooms.readers_of_environment, "cli/serve.py", "import os\nos.environ['MODE']"),
    (rooms.readers_of_environment, "models/clock.py", "from os import getenv"),
    (rooms.writers_outside_models, "bot/files.py", "from models.db import transaction"),
    (rooms.writers_outside_models, "admin/app.py", "from models.db.transactions import savepoint"),
    (rooms.writers_outside_models, "cli/x.py", "from tortoise import connections"),
    (rooms.writers_outside_models, "bot/x.py", "async def f(tip):\n    await tip.save()"),
    (rooms.writers_outside_models, "bot/x.py", "async def f(T):\n    await T.create(a=1)"),
    (rooms.writers_outside_models, "bot/x.py", "async def f(row):\n    await row.delete()"),
    (rooms.writers_outside_models, "bot/x.py", "async def f(T):\n    await T.filter(id=1).update(a=1)"),
    (rooms.machine_words, "docs/x.md", "see " + "/" + "home/somebody/notes"),
    (rooms.machine_words, "Makefile", "pip install -" + "-index-url https://example.org"),
)
INNOCENT = (
    ("bot/x.py", "async def f(store, i, d):\n    await store.delete(i)\n    d.update(a=1)\n    img.save('x')"),
    ("bot/y.py", "from models.db import DatabaseBusy\nfrom locales import t\nfrom settings import Settings"),
    ("settings.py", "import os\nos.environ"),
    ("cli/demo.py", "from bot.simulator import Simulator"),
    ("docs/x.md", "`sqlite:///absolute/path` and https://example.org/home/page and the folder data/home/x"),
)


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_this_tree_keeps_the_rule(check: Check) -> None:
    assert check(ROOT) == []


@pytest.mark.parametrize(("check", "path", "source"), PLANTED)
def test_a_planted_fault_is_found(check: Check, path: str, source: str, tmp_path: Path) -> None:
    plant(tmp_path, path, source)
    assert len(check(tmp_path)) == 1


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_the_innocent_are_left_alone(check: Check, tmp_path: Path) -> None:
    for path, source in INNOCENT:
        plant(tmp_path, path, source)
    assert check(tmp_path) == []


def plant(root: Path, path: str, source: str) -> None:
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    (root / path).write_text(source + "\n")
