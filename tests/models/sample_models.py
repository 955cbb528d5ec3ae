"""Two small tables for the tests of the database layer."""

from datetime import datetime
from uuid import UUID

from tortoise import fields
from tortoise.models import Model

from models.db import BytesField, IdField, SealedField, UtcDatetimeField


class Parent(Model):
    id = IdField()
    name = fields.CharField(max_length=64, unique=True)
    tag: bytes | None = BytesField(null=True, unique=True)
    sealed: bytes | None = SealedField(null=True)
    at: datetime | None = UtcDatetimeField(null=True)
    count = fields.IntField(default=0)

    children: fields.ReverseRelation["Child"]

    class Meta:
        table = "parent"


class Child(Model):
    id = IdField()
    parent: fields.ForeignKeyRelation[Parent] = fields.ForeignKeyField(
        "models.Parent", related_name="children", on_delete=fields.CASCADE
    )
    parent_id: UUID
    name = fields.CharField(max_length=64)

    class Meta:
        table = "child"
        unique_together = (("parent", "name"),)
        indexes = (("parent_id",),)
