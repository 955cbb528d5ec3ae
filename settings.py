"""What an operator may set, read once from the environment. No other module reads it.

The name of a setting is its field's name in capitals; its help is written beside it and repeated in
docs/operations.md. Secrets, and addresses that may carry one, never show in a repr.
"""

import os
import re
import urllib.parse
from collections.abc import Callable, Mapping
from dataclasses import Field, dataclass, field, fields, replace
from pathlib import Path
from typing import Any, Self

from models.terms import Mode, TipEntry

HIGHEST_PORT = 65_535
LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")
_TOKEN = re.compile(r"\d{3,20}:[A-Za-z0-9_-]{10,100}")
_WEBHOOK_SECRET = re.compile(r"[A-Za-z0-9_-]{16,256}")  # Telegram's own alphabet; shorter ones can be guessed


# pypinyin asks the environment too: its phrases are of no use to us (models/finding.py) and weigh 46 MB.
os.environ.setdefault("PYPINYIN_NO_PHRASES", "true")


class BadSettings(Exception):
    """Settings that cannot be used, all of them at once, one English sentence each."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


def _text(given: str) -> str:
    return given


def _port(given: str) -> int:
    if not given.isdecimal() or not 0 < int(given) <= HIGHEST_PORT:
        raise ValueError(f"must be a number from 1 to {HIGHEST_PORT}")
    return int(given)


def _folder(given: str) -> Path:
    return Path(given).expanduser().absolute()


def _token(given: str) -> str:
    if not _TOKEN.fullmatch(given):
        raise ValueError("does not look like a bot token; BotFather gives one like 123456:ABC-DEF")
    return given


def _webhook_secret(given: str) -> str:
    if not _WEBHOOK_SECRET.fullmatch(given):
        raise ValueError("must be 16 to 256 letters, digits, _ or -")
    return given


def _web_address(given: str) -> str:
    parts = urllib.parse.urlsplit(given)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
        raise ValueError("must be an address such as https://example.org")
    return given.rstrip("/")


def _database_address(given: str) -> str:
    scheme, _, rest = given.partition("://")
    if scheme not in {"sqlite", "postgres"} or not rest:
        raise ValueError("must begin with sqlite:/// (and an absolute path) or postgres://")
    if scheme == "sqlite" and not rest.startswith("/"):
        raise ValueError("must name an absolute path: sqlite:/// and then the path")
    return given


def _files_address(given: str) -> str:
    scheme, _, rest = given.partition("://")
    if scheme == "s3":
        raise ValueError("s3:// is not supported yet; leave it empty or give file:/// and an absolute path")
    if scheme != "file" or not rest.startswith("/"):
        raise ValueError("must be file:/// and an absolute path")
    return given


def _mode(given: str) -> Mode:
    return Mode(_one_of(given, tuple(Mode)))


def _tip_entry(given: str) -> TipEntry:
    return TipEntry(_one_of(given, tuple(TipEntry)))


def _log_level(given: str) -> str:
    return _one_of(given.upper(), LOG_LEVELS)


def _one_of(given: str, allowed: tuple[str, ...]) -> str:
    if given not in allowed:
        raise ValueError(f"must be one of {', '.join(allowed)}")
    return given


def setting(
    help_: str,
    read: Callable[[str], Any],
    default: Any,
    *,
    secret: bool = False,
    said: str = "",
) -> Any:
    """A field of Settings. `said` tells the default in words where it follows from other settings."""
    told = {"help": help_, "read": read, "secret": secret, "default": said or str(default)}
    return field(default=default, repr=not secret, metadata=told)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Every field has its environment variable, its help and its default."""

    telegram_token: str = setting("The bot's token from BotFather. Without it no bot runs.", _token, "", secret=True)
    telegram_api_url: str = setting(
        "Root of the Bot API: Telegram's own, or a server of yours.", _web_address, "https://api.telegram.org"
    )
    telegram_proxy: str = setting("An http:// or https:// proxy on the way to Telegram.", _web_address, "", secret=True)
    webhook_secret: str = setting(
        "What Telegram sends with each update to the webhook, to prove itself.",
        _webhook_secret,
        "",
        secret=True,
        said="made from the key file",
    )
    database_url: str = setting(
        "sqlite:///absolute/path for one process, or postgres://user:password@host/name for several.",
        _database_address,
        "",
        secret=True,
        said="qingfeng.sqlite3 in DATA_DIR",
    )
    data_dir: Path = setting(
        "Folder for the database, files and keys that have no place of their own.", _folder, Path("data")
    )
    files_url: str = setting(
        "Where encrypted attachments lie: file:///absolute/path.", _files_address, "", said="files in DATA_DIR"
    )
    bind_address: str = setting(
        "The local address on which both sites listen. 0.0.0.0 inside a container.", _text, "127.0.0.1"
    )
    public_url: str = setting(
        "The residents' site as the outside sees it. With https:// the bot uses a webhook there, else it polls.",
        _web_address,
        "",
        said="http://127.0.0.1 and PUBLIC_PORT",
    )
    public_port: int = setting("Port of the residents' site.", _port, 8080)
    bot_link: str = setting("The bot's own address, https://t.me/…, shown on the residents' site.", _web_address, "")
    forwarded_header: str = setting(
        "The header in which your reverse proxy tells the caller's address, for flood control.",
        _text,
        "",
    )
    leave_to: str = setting("Where 快速离开 leads.", _web_address, "https://www.baidu.com/")
    panel_url: str = setting(
        "The staff panel as its users see it.", _web_address, "", said="http://127.0.0.1 and PANEL_PORT"
    )
    panel_port: int = setting("Port of the staff panel.", _port, 8081)
    key_file: Path = setting(
        "The key file: mode 0600, never in a backup.", _folder, Path(), said="keys.json in DATA_DIR"
    )
    mode: Mode = setting(
        "full: the whole lifecycle; front_door: a matter stops at registration; demo: belongs to 'qingfeng demo'.",
        _mode,
        Mode.FULL,
    )
    tip_entry: TipEntry = setting(
        "Where the words of a tip may be typed: chat, form (the private page) or both.", _tip_entry, TipEntry.BOTH
    )
    log_level: str = setting(f"How much is logged: {', '.join(LOG_LEVELS)}.", _log_level, "INFO")

    @classmethod
    def from_environ(cls, environ: Mapping[str, str] | None = None) -> Self:
        """Read and check everything. BadSettings names all that is wrong, each with its setting."""
        environ = os.environ if environ is None else environ
        values: dict[str, Any] = {}
        problems: list[str] = []
        for one in fields(cls):
            try:
                values[one.name] = _value(one, environ.get(name_of(one), "").strip())
            except ValueError as error:
                problems.append(f"{name_of(one)} {error}.")
        problems += _clashes(values)
        if problems:
            raise BadSettings(problems)
        return cls(**values).derived()

    def derived(self) -> Self:
        """With every default filled in that follows from another setting."""
        folder = self.data_dir.absolute()
        return replace(
            self,
            data_dir=folder,
            database_url=self.database_url or f"sqlite://{urllib.parse.quote(str(folder / 'qingfeng.sqlite3'))}",
            files_url=self.files_url or (folder / "files").as_uri(),
            key_file=self.key_file if self.key_file != Path() else folder / "keys.json",
            public_url=self.public_url or f"http://127.0.0.1:{self.public_port}",
            panel_url=self.panel_url or f"http://127.0.0.1:{self.panel_port}",
        )

    @property
    def files_folder(self) -> Path:
        """The local folder behind FILES_URL."""
        return Path(urllib.parse.unquote(urllib.parse.urlsplit(self.files_url).path))

    @property
    def on_sqlite(self) -> bool:
        """Whether one process must do everything."""
        return self.database_url.startswith("sqlite:")

    @property
    def by_webhook(self) -> bool:
        """Whether Telegram comes to us; it insists on https."""
        return bool(self.telegram_token) and self.public_url.startswith("https://")


def name_of(one: "Field[Any]") -> str:
    """The environment variable of a field."""
    return one.name.upper()


def _value(one: "Field[Any]", given: str) -> Any:
    return one.metadata["read"](given) if given else one.default


def _clashes(values: Mapping[str, Any]) -> list[str]:
    """What is wrong with settings that are right each by itself."""
    ports = values.get("public_port"), values.get("panel_port")
    if ports[0] is not None and ports[0] == ports[1]:
        return ["PUBLIC_PORT and PANEL_PORT must differ: the sites are kept apart."]
    return []
