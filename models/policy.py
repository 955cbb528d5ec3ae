"""One table of who may do what. Panel, bot, jobs and files all ask it; deny by default.

`may` answers for one object, `scope` for a list; a test holds that they agree.
"""

from collections.abc import Callable
from enum import StrEnum
from typing import Any
from uuid import UUID

from tortoise.models import Model
from tortoise.queryset import QuerySet

from models.access import Access
from models.actor import Actor
from models.audit import Audit
from models.errors import Forbidden, NotFound
from models.staff import Staff
from models.terms import OPEN_STATUSES, Mode, RingPurpose, Role, TipStatus


class Action(StrEnum):
    """Everything a member of staff can do."""

    LIST_TIPS = "list_tips"
    READ_TIP = "read_tip"
    READ_FILE = "read_file"
    REGISTER = "register"
    CLAIM = "claim"
    SUMMARISE = "summarise"
    ACCEPT = "accept"
    MARK_OUT_OF_SCOPE = "mark_out_of_scope"
    CONCLUDE = "conclude"
    REPLY = "reply"
    NOTE = "note"
    RECALL = "recall"
    SEAL_UPWARD = "seal_upward"
    LIST_STAFF = "list_staff"
    INVITE = "invite"
    FOUND_UNIT = "found_unit"
    GRANT_RING = "grant_ring"
    OPEN_UNIT = "open_unit"
    READ_AUDIT = "read_audit"


READERS = frozenset({Role.REGISTRAR, Role.HANDLER, Role.DEPUTY, Role.SECRETARY, Role.COUNTY_REVIEWER})
DESK = READERS
HEADS = frozenset({Role.SECRETARY, Role.DEPUTY})
KEY_HOLDERS = READERS | {Role.CUSTODIAN, Role.ZONE_HEAD}

ROLES: dict[Action, frozenset[Role]] = {
    Action.LIST_TIPS: READERS,
    Action.READ_TIP: READERS,
    Action.READ_FILE: READERS,
    Action.REGISTER: DESK,
    Action.CLAIM: DESK,
    Action.SUMMARISE: DESK,
    Action.ACCEPT: DESK,
    Action.MARK_OUT_OF_SCOPE: DESK,
    Action.CONCLUDE: DESK,
    Action.REPLY: DESK,
    Action.NOTE: DESK,
    Action.RECALL: DESK,
    Action.SEAL_UPWARD: DESK,
    Action.LIST_STAFF: KEY_HOLDERS | {Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN},
    Action.INVITE: frozenset({Role.SECURITY_ADMIN}),
    Action.FOUND_UNIT: frozenset({Role.SYSTEM_ADMIN}),
    Action.GRANT_RING: HEADS | {Role.CUSTODIAN},
    Action.OPEN_UNIT: HEADS,
    Action.READ_AUDIT: frozenset({Role.AUDIT_ADMIN}),
}

STATES: dict[Action, frozenset[TipStatus]] = {
    Action.REGISTER: frozenset({TipStatus.RECEIVED}),
    Action.ACCEPT: frozenset({TipStatus.RECEIVED, TipStatus.SCREENING}),
    Action.MARK_OUT_OF_SCOPE: frozenset({TipStatus.RECEIVED, TipStatus.SCREENING}),
    Action.CONCLUDE: frozenset({TipStatus.ACCEPTED}),
    Action.CLAIM: OPEN_STATUSES,
    Action.SEAL_UPWARD: OPEN_STATUSES,
}
"""When an act is open, for those acts that depend on where the tip stands."""

ON_TIPS = frozenset(STATES) | {
    Action.LIST_TIPS,
    Action.READ_TIP,
    Action.READ_FILE,
    Action.SUMMARISE,
    Action.REPLY,
    Action.NOTE,
    Action.RECALL,
}
ON_STAFF = frozenset({Action.LIST_STAFF, Action.GRANT_RING})
"""What an act can be done to; to anything else it is denied."""

CASEWORK = frozenset({Action.ACCEPT, Action.CONCLUDE, Action.CLAIM})
"""Not here when MODE=front_door: a matter stops at registration, casework happens on the official platform."""


def may(actor: Actor, action: Action, thing: object = None, *, mode: Mode = Mode.FULL) -> bool:
    """Whether the actor may do this to the thing. Keys are asked for separately: both are needed."""
    if actor.role not in ROLES.get(action, ()) or not actor.staff.active:
        return False
    if mode is Mode.FRONT_DOOR and action in CASEWORK:
        return False
    return _object_allows(actor, action, thing)


def _object_allows(actor: Actor, action: Action, thing: object) -> bool:
    match thing:
        case Access():
            own = thing.unit_id == actor.unit_id and thing.purpose is RingPurpose.CASE
            return own and action in ON_TIPS and thing.status in STATES.get(action, frozenset(TipStatus))
        case Audit():
            return action is Action.READ_AUDIT and thing.seen_by_id == actor.unit_id
        case Staff():
            everywhere = actor.role in {Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN}
            return action in ON_STAFF and (everywhere or thing.unit_id == actor.unit_id)
        case None:
            return True
        case _:
            return False


def scope(actor: Actor, model: type[Model]) -> QuerySet[Any]:
    """The rows of this kind the actor may list. A model without a rule here lists nothing."""
    nothing = model.filter(pk=UUID(int=0)) if model is not Audit else model.filter(pk=-1)
    rule = _SCOPES.get(model)
    if rule is None or not any(actor.role in ROLES[action] for action in rule[0]) or not actor.staff.active:
        return nothing
    return rule[1](actor)


def _own_staff(actor: Actor) -> QuerySet[Any]:
    if actor.role in {Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN}:
        return Staff.all()
    return Staff.filter(unit_id=actor.unit_id)


_SCOPES: dict[type[Model], tuple[tuple[Action, ...], Callable[[Actor], QuerySet[Any]]]] = {
    Access: (
        (Action.LIST_TIPS,),
        lambda actor: Access.filter(unit_id=actor.unit_id, purpose=RingPurpose.CASE),
    ),
    Audit: ((Action.READ_AUDIT,), lambda actor: Audit.filter(seen_by_id=actor.unit_id)),
    Staff: ((Action.LIST_STAFF,), _own_staff),
}


def require(actor: Actor, action: Action, thing: object = None, *, mode: Mode = Mode.FULL) -> None:
    """As `may`, for those who act. What the actor may not even list does not exist for him."""
    if may(actor, action, thing, mode=mode):
        return
    if isinstance(thing, Access) and not may(actor, Action.READ_TIP, thing):
        raise NotFound
    raise Forbidden
