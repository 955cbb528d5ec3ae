"""Nobody is addressed because of a tip: what sends, teaches, asks and counts cannot even name one."""

import re
from pathlib import Path
from typing import Final

import pytest
from tortoise import Tortoise

import models
from tests.world import World

pytestmark = pytest.mark.parametrize("backend", ["sqlite"])
MODULES: Final = (
    "aftermath",
    "approving",
    "audience",
    "campaign",
    "carried",
    "checklist",
    "counting",
    "course",
    "declaration",
    "festival",
    "freezing",
    "ledger",
    "lesson",
    "library",
    "material",
    "occurrence",
    "official",
    "own_node",
    "progress",
    "publishing",
    "question",
    "quiz",
    "quiz_totals",
    "report",
    "reviewed",
    "rounds",
    "sitting",
    "submission",
    "subscription",
    "taking",
    "teaching",
    "triage",
    "tryout",
    "veil",
)
OF_TIPS: Final = {"access", "desk", "identity", "matter", "message", "oversight", "routing", "thread", "tip", "verdict"}
IMPORTED: Final = re.compile(r"^\s*from models\.(\w+) import", re.MULTILINE)


async def test_no_module_of_outreach_imports_tips_and_no_row_of_it_points_to_one(world: World) -> None:
    assert world
    room = Path(models.__file__).parent
    assert [name for name in MODULES if not (room / f"{name}.py").exists()] == []
    found = {name: OF_TIPS & set(IMPORTED.findall((room / f"{name}.py").read_text())) for name in MODULES}
    assert {name: told for name, told in found.items() if told} == {}
    tables = [model for app in Tortoise.apps.values() for model in app.values()]
    ours = [model for model in tables if model.__module__.removeprefix("models.") in MODULES]
    assert len(ours) > 20
    pointing = [f"{model.__name__}.{name}" for model in ours for name in model._meta.db_fields if _tells(name)]
    assert pointing == []


def _tells(column: str) -> bool:
    return any(word in OF_TIPS or word == "receipt" for word in column.removesuffix("_id").split("_"))
