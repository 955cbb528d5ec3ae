"""Settings: said once, told all at once when wrong, documented one by one, secrets unseen."""

import re
from dataclasses import Field, fields
from pathlib import Path
from typing import Any

import pytest

from models.terms import Mode, TipEntry
from settings import BadSettings, Settings, name_of

ROOT = Path(__file__).parent.parent
ROW = re.compile(r"^\| `([A-Z_]+)` \| (.+) \| (.+) \|$", re.MULTILINE)
BAD = {
    "TELEGRAM_TOKEN": "my token",
    "TELEGRAM_API_URL": "api.example.org",
    "TELEGRAM_PROXY": "socks5://127.0.0.1:1080",
    "WEBHOOK_SECRET": "short",
    "DATABASE_URL": "mysql://example.org/q",
    "FILES_URL": "s3://bucket",
    "PUBLIC_URL": "ftp://example.org",
    "PUBLIC_PORT": "70000",
    "PANEL_URL": "example.org",
    "PANEL_PORT": "eight",
    "MODE": "production",
    "TIP_ENTRY": "paper",
    "LOG_LEVEL": "LOUD",
}


def test_without_any_setting_everything_lies_in_one_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    settings = Settings.from_environ({})
    assert settings.database_url == f"sqlite://{tmp_path}/data/qingfeng.sqlite3"
    assert settings.key_file == tmp_path / "data" / "keys.json"
    assert settings.files_folder == tmp_path / "data" / "files"
    assert settings.mode is Mode.FULL
    assert settings.tip_entry is TipEntry.BOTH
    assert settings.telegram_api_url == "https://api.telegram.org"
    assert not settings.by_webhook


def test_what_is_given_is_taken(tmp_path: Path) -> None:
    given = {"DATA_DIR": str(tmp_path), "PUBLIC_URL": "https://q.example.org/", "TELEGRAM_TOKEN": "123:abcdefghij"}
    settings = Settings.from_environ({**given, "MODE": "front_door", "LOG_LEVEL": "debug", "PUBLIC_PORT": " 80 "})
    assert settings.public_url == "https://q.example.org"
    assert (settings.mode, settings.log_level, settings.public_port) == (Mode.FRONT_DOOR, "DEBUG", 80)
    assert settings.by_webhook


def test_a_folder_with_odd_letters_is_found_again(tmp_path: Path) -> None:
    odd = tmp_path / "数据 %20 dir"
    settings = Settings.from_environ({"DATA_DIR": str(odd)})
    assert settings.files_folder == odd / "files"


def test_all_that_is_wrong_is_told_at_once_each_by_name() -> None:
    with pytest.raises(BadSettings) as told:
        Settings.from_environ(BAD)
    assert [problem.partition(" ")[0] for problem in told.value.problems] == list(BAD)
    assert all(problem.endswith(".") for problem in told.value.problems)


def test_a_refused_value_is_not_repeated() -> None:
    with pytest.raises(BadSettings) as told:
        Settings.from_environ(BAD)
    assert "my token" not in str(told.value)


def test_the_two_sites_cannot_share_a_port() -> None:
    with pytest.raises(BadSettings, match="must differ"):
        Settings.from_environ({"PUBLIC_PORT": "9000", "PANEL_PORT": "9000"})


def test_a_relative_database_is_refused() -> None:
    with pytest.raises(BadSettings, match="absolute"):
        Settings.from_environ({"DATABASE_URL": "sqlite://q.sqlite3"})


def test_secrets_hide_in_a_repr() -> None:
    given = {
        "TELEGRAM_TOKEN": "123:abcdefghij",
        "TELEGRAM_PROXY": "http://me:hush@proxy.example.org",
        "WEBHOOK_SECRET": "sesame-open-sesame",
        "DATABASE_URL": "postgres://me:hush@db.example.org/q",
    }
    shown = repr(Settings.from_environ(given))
    assert not any(secret in shown for secret in ("abcdefghij", "hush", "sesame"))


@pytest.mark.parametrize("one", fields(Settings), ids=lambda one: one.name)
def test_a_setting_has_its_help_and_its_row_in_the_manual(one: "Field[Any]") -> None:
    rows = {name: (help_, default) for name, help_, default in ROW.findall(manual())}
    assert rows[name_of(one)] == (one.metadata["help"], one.metadata["default"] or "–")


def test_the_manual_tells_of_no_other_settings() -> None:
    assert {name for name, *_ in ROW.findall(manual())} == {name_of(one) for one in fields(Settings)}


def manual() -> str:
    return (ROOT / "docs" / "operations.md").read_text()
