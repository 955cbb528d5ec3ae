"""Opening the house: its folders, its keys, its database. Every command but a few goes through here."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from cli.console import Refusal

if TYPE_CHECKING:
    from models.db import Database
    from models.keyfile import KeyFile
    from settings import Settings


def make_folders(settings: "Settings") -> None:
    """The folders that hold data, for their owner only."""
    for folder in (settings.data_dir, settings.files_folder, settings.key_file.parent):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)


def make_keys(settings: "Settings") -> "KeyFile":
    """The key file, new unless an init that failed has left one."""
    from models.keyfile import KeyFile

    if not settings.key_file.exists():
        KeyFile.new().save(settings.key_file)
    return load_keys(settings)


def load_keys(settings: "Settings") -> "KeyFile":
    """The key file, or a sentence about what is wrong with it."""
    from models.keyfile import KeyFile, UnsafeKeyFile

    try:
        return KeyFile.load(settings.key_file)
    except OSError:
        raise Refusal(
            f"There is no readable key file {settings.key_file}: run 'qingfeng init' or set KEY_FILE."
        ) from None
    except UnsafeKeyFile as error:
        raise Refusal(f"The key file cannot be used: {error}.") from None


@asynccontextmanager
async def opened(settings: "Settings", *, cheap_passwords: bool = False) -> AsyncIterator["Database"]:
    """The house with its keys and its database, whose migrations are all applied."""
    from models import MODEL_MODULES, house
    from models.db import open_database, pending
    from models.passwords import CHEAP, DEFAULT
    from models.sealed_files import LocalStore

    keys = load_keys(settings)
    if await pending(settings.database_url):
        raise Refusal("The database is older than the program: run 'qingfeng migrate'.")
    async with await open_database(settings.database_url, modules=MODEL_MODULES) as database:
        house.enter(
            house.House(
                keys=keys,
                files=LocalStore(settings.files_folder),
                argon2=CHEAP if cheap_passwords else DEFAULT,
                mode=settings.mode,
                tip_entry=settings.tip_entry,
                form_url=settings.public_url if _reachable(settings) else "",
            )
        )
        try:
            yield database
        finally:
            house.enter(None)


def _reachable(settings: "Settings") -> bool:
    """Whether a phone can open the residents' site. The demo's phone lives on this machine."""
    from models.terms import Mode

    return settings.mode is Mode.DEMO or settings.public_url.startswith("https://")
