"""A form as it came: its words, and the files that were stored or refused on the way."""

from dataclasses import dataclass, field

from models.attachment import Attachment
from models.draft import Draft
from models.errors import DomainError
from models.house import house
from models.sealing import SECRET_BYTES


@dataclass(frozen=True, slots=True)
class Taken:
    """A file that is stored, and what the page says of it."""

    file: Attachment
    name: str
    size: int
    digest: str  # the same file sent twice is one file


@dataclass(frozen=True, slots=True)
class Untaken:
    """A file that is not, and why."""

    name: str
    problem: DomainError


@dataclass(slots=True)
class Posted:
    """A form that was read to its end."""

    fields: dict[str, str] = field(default_factory=dict)
    draft: Draft | None = None  # loaded when the first file came
    taken: list[Taken] = field(default_factory=list)
    untaken: list[Untaken] = field(default_factory=list)

    def text(self, name: str) -> str:
        """One field; empty when it is missing."""
        return self.fields.get(name, "")

    @property
    def secret(self) -> bytes | None:
        """The form's secret. None when there is none, or none of ours."""
        try:
            secret = bytes.fromhex(self.text("form"))
        except ValueError:
            return None
        return secret if len(secret) == SECRET_BYTES else None

    async def give_back(self) -> None:
        """Nobody will ask for the files: they go, rows and bytes."""
        for taken in self.taken:
            await _drop(taken.file)
        self.taken.clear()


async def _drop(file: Attachment) -> None:
    await file.done_with()
    await house().files.delete(file.id)
