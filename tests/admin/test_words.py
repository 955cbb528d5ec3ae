"""Every word of the panel stands in a catalog, and a browser may choose among them."""

import re
from pathlib import Path

import pytest

from locales import catalog, t
from models.desk import Pick
from models.terms import Role
from tests.admin.client import Desk

ROOT = Path(__file__).parent.parent.parent
TEMPLATES = [*ROOT.glob("admin/templates/**/*.html"), *ROOT.glob("admin/public/templates/*.html")]
KEY = re.compile(r"""(?<![\w.])t\((["'])([\w.]+)\1\s*[,)]""")
HAN = re.compile(r"[\u4e00-\u9fff]")


def test_every_key_in_the_templates_has_its_sentence() -> None:
    keys = {match[2] for path in TEMPLATES for match in KEY.finditer(path.read_text())}
    assert len(keys) > 100
    assert sorted(keys - set(catalog("zh_CN"))) == []


def test_every_key_of_the_panel_is_used() -> None:
    source = "".join(path.read_text() for path in [*TEMPLATES, *ROOT.glob("admin/**/*.py")])
    families = "nav. pick. done. ask. guidance. field. file. today.role. staff.done_ tip. staff.open audit."
    families += " lesson.part_"
    built = tuple(f"panel.{family}" for family in families.split())
    unused = [
        key
        for key in catalog("zh_CN")
        if key.startswith(("panel.", "public.")) and key not in source and not key.startswith(built)
    ]
    assert unused == []


def test_no_template_and_no_code_holds_a_word_of_its_own() -> None:
    for path in TEMPLATES:
        assert not HAN.search(path.read_text()), path
    for path in ROOT.glob("admin/**/*.py"):
        code = re.sub(r'"""[\s\S]*?"""|#.*', "", path.read_text())
        assert not HAN.search(code), path


@pytest.mark.parametrize("folder", ["models", "admin"])
def test_every_error_has_its_sentence(folder: str) -> None:
    raised = re.compile(r"(?:Invalid|Conflict|NotFound|Forbidden|NotOpen|Corrupt)\(\s*\"([\w.]+)\"")
    keys = {match[1] for path in (ROOT / folder).glob("**/*.py") for match in raised.finditer(path.read_text())}
    words = set(catalog("zh_CN"))
    assert sorted(keys - words) == []


def test_choices_have_words() -> None:
    for role in Role:
        assert t("zh_CN", f"panel.today.role.{role.value}")
    for pick in Pick:
        assert t("zh_CN", f"panel.pick.{pick.value}")


async def test_a_browser_keeps_the_language_it_chose(desk: Desk) -> None:
    form = (await desk.get("/login")).form("/language")
    page = await desk.send(form, language="en", back="/enrol")
    assert page.path == "/enrol"
    assert '<html lang="en">' in page.html
    odd = await desk.send(form, language="klingon", back="//evil.example")
    assert '<html lang="en">' in odd.html
