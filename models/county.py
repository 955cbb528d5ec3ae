"""The one county that a database serves, and the public halves of the keys that outlive any office."""

from datetime import datetime

from tortoise import fields
from tortoise.expressions import F
from tortoise.models import Model

from models import clock, directory
from models.db import BytesField, IdField, UtcDatetimeField, connection, transaction
from models.errors import Conflict
from models.house import house
from models.terms import Mode


class County(Model):
    """A single row, written by init."""

    id = IdField()
    name = fields.CharField(max_length=64)
    demo = fields.BooleanField(default=False)
    tree = fields.IntField(default=1)
    recovery_public = BytesField()
    recovery_mac = BytesField()
    backup_public = BytesField()
    shredded_at: datetime | None = UtcDatetimeField(null=True)  # since then its bytes may still lie on the disk

    class Meta:
        table = "county"

    @classmethod
    async def establish(cls, *, name: str, recovery_public: bytes, backup_public: bytes) -> "County":
        """Init's first row. A county is established once."""
        async with transaction():
            if await cls.exists():
                raise Conflict("error.already_established")
            county = cls(name=name, recovery_public=recovery_public, backup_public=backup_public)
            county.demo = house().mode is Mode.DEMO
            county.recovery_mac = directory.attest(county.id, "recovery", 1, recovery_public)
            await county.save(force_create=True)
            return county

    @classmethod
    async def tree_version(cls) -> tuple[str, int]:
        """(county id, version of the tree of units); ("", 0) before init."""
        # Written out: every request and every filing asks it, and building the query costs more than running it.
        rows = await connection().execute_query_dict("SELECT id, tree FROM county LIMIT 1")
        return (str(rows[0]["id"]), rows[0]["tree"]) if rows else ("", 0)

    @classmethod
    async def tree_changed(cls) -> None:
        """Called by every verb that changes the tree, inside its transaction."""
        await cls.all().update(tree=F("tree") + 1)

    @classmethod
    async def has_shredded(cls) -> None:
        """Called by every verb that destroys what people said, inside its transaction: the disk is to be cleaned."""
        await cls.all().update(shredded_at=clock.now())

    def recovery(self) -> bytes:
        """The recovery public key, checked. Corrupt when it was exchanged."""
        return directory.check(self.id, "recovery", 1, self.recovery_public, self.recovery_mac)
