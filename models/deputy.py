"""Deputies with dates: who stands in for whom, from which day to which. Keys he is given as anybody: by appointment."""

from datetime import date
from uuid import UUID

from tortoise import fields
from tortoise.models import Model

from models import clock
from models.actor import Actor
from models.audit import Act, Audit
from models.db import IdField, transaction
from models.errors import Forbidden, Invalid
from models.policy import Action, require
from models.staff import Staff
from models.terms import ADMINISTRATORS, Role

LONGEST_DAYS = 92


class Deputy(Model):
    """One standing-in, both days included. It lends a role, never a key."""

    id = IdField()
    staff: fields.ForeignKeyRelation[Staff] = fields.ForeignKeyField("models.Staff", related_name="stands_in")
    staff_id: UUID
    for_staff: fields.ForeignKeyRelation[Staff] = fields.ForeignKeyField("models.Staff", related_name="deputies")
    for_staff_id: UUID
    first_on: date = fields.DateField()
    last_on: date = fields.DateField()

    class Meta:
        table = "deputy"
        indexes = (("staff_id",), ("for_staff_id",))


async def deputise(actor: Actor, member: Staff, *, stands_in_for: Staff, first_on: date, last_on: date) -> Deputy:
    """Let a member stand in for another of the same unit. Invalid for days that do not fit."""
    require(actor, Action.DEPUTISE, member)
    require(actor, Action.DEPUTISE, stands_in_for)
    if not clock.today() <= last_on or not 0 <= (last_on - first_on).days <= LONGEST_DAYS:
        raise Invalid("deputy.days_bad", most=LONGEST_DAYS)
    if member.id == stands_in_for.id or member.unit_id != stands_in_for.unit_id or not member.active:
        raise Invalid("deputy.person_bad")
    if {member.role, stands_in_for.role} & (ADMINISTRATORS | {Role.CUSTODIAN}):
        # A custodian who also handled, or a handler who also kept identities, would open them alone.
        raise Forbidden("deputy.role_apart")
    async with transaction():
        row = await Deputy.create(staff_id=member.id, for_staff_id=stands_in_for.id, first_on=first_on, last_on=last_on)
        detail = {"for": stands_in_for.id.hex, "first": first_on.isoformat(), "last": last_on.isoformat()}
        await Audit.record(Act.DEPUTISED, unit_id=actor.unit_id, actor_id=actor.id, object_id=member.id, detail=detail)
    return row


async def end(actor: Actor, deputy_id: UUID) -> None:
    """End it before its day. An absent one is as good as ended."""
    row = await Deputy.get_or_none(id=deputy_id).select_related("staff")
    if row is None:
        return
    require(actor, Action.DEPUTISE, row.staff)
    async with transaction():
        await Deputy.filter(id=deputy_id).delete()
        await Audit.record(Act.DEPUTY_ENDED, unit_id=actor.unit_id, actor_id=actor.id, object_id=row.staff_id)


async def standing_in(staff_id: UUID) -> frozenset[Role]:
    """The roles a member has today because he stands in for somebody who is still there."""
    today = clock.today()
    rows = Deputy.filter(staff_id=staff_id, first_on__lte=today, last_on__gte=today, for_staff__active=True)
    return frozenset([row["for_staff__role"] for row in await rows.values("for_staff__role")])
