"""What people type is found nowhere in clear: not in the database, its logs, files, temporary files or our logs."""

import base64
import json
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.faults.canary import sing, sing_at_the_page
from tests.faults.planted import LEAKS, WEB_LEAKS, found_leak
from tests.faults.scan import findings
from tests.faults.template import Template
from tests.faults.words import Words

pytestmark = [pytest.mark.faults, pytest.mark.timeout(300)]


async def test_words_typed_anywhere_are_found_nowhere_in_clear(
    backend: str, template: Template, tmp_path: Path
) -> None:
    assert await sing(template, tmp_path, webhook=backend == "postgres") == []


async def test_words_and_files_at_the_web_page_are_found_nowhere_in_clear_though_uploads_are_cut_by_death(
    backend: str, template: Template, tmp_path: Path
) -> None:
    assert await sing_at_the_page(template, tmp_path) == []


@pytest.mark.parametrize("leak", [*LEAKS, *WEB_LEAKS])
async def test_a_planted_leak_is_found(county: Template, tmp_path: Path, leak: str) -> None:
    assert await found_leak(county, tmp_path, leak)


@pytest.mark.parametrize(
    "write",
    [
        str.encode,
        lambda text: text.encode("utf-16"),
        lambda text: json.dumps(text).encode(),
        lambda text: repr(json.dumps(text).encode()).encode(),
        lambda text: repr(text.encode()).encode(),
        lambda text: quote(text).encode(),
        lambda text: text.encode().hex().encode(),
        lambda text: base64.b64encode(text.encode()),
        lambda text: base64.urlsafe_b64encode(f"a{text}".encode()),
        lambda text: base64.b64encode(f"bc{text}".encode()),
    ],
)
def test_a_word_is_recognised_in_every_shape(write: Callable[[str], bytes], tmp_path: Path) -> None:
    words = Words()
    (tmp_path / "log").write_bytes(write(f"前面{words['story']}后面"))
    assert findings(tmp_path, words)
