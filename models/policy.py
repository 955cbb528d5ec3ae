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
    RELEASE = "release"  # let in what came in a flood
    LIST_STAFF = "list_staff"
    INVITE = "invite"
    FOUND_UNIT = "found_unit"
    GRANT_RING = "grant_ring"
    OPEN_UNIT = "open_unit"
    READ_AUDIT = "read_audit"
    REMOVE = "remove"
    ASK_REVEAL = "ask_reveal"
    APPROVE_REVEAL = "approve_reveal"
    PROPOSE_HAND_OVER = "propose_hand_over"
    APPROVE_HAND_OVER = "approve_hand_over"
    WITHDRAW = "withdraw"
    PROPOSE_RESET = "propose_reset"
    APPROVE_RESET = "approve_reset"
    PROPOSE_ROLE = "propose_role"
    APPROVE_ROLE = "approve_role"
    DEPUTISE = "deputise"
    ARRANGE_UNITS = "arrange_units"
    LIST_OFFICIALS = "list_officials"
    MANAGE_OFFICIALS = "manage_officials"
    LIST_CAMPAIGNS = "list_campaigns"
    COMPOSE = "compose"
    APPROVE_CAMPAIGN = "approve_campaign"
    RUN_CAMPAIGN = "run_campaign"  # its time, pause, resume, stop


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
    Action.RELEASE: DESK,
    Action.LIST_STAFF: KEY_HOLDERS | {Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN},
    Action.INVITE: frozenset({Role.SECURITY_ADMIN}),
    Action.FOUND_UNIT: frozenset({Role.SYSTEM_ADMIN}),
    Action.GRANT_RING: HEADS | {Role.CUSTODIAN},
    Action.OPEN_UNIT: HEADS,
    Action.READ_AUDIT: frozenset({Role.AUDIT_ADMIN}),
    Action.REMOVE: frozenset({Role.SECRETARY, Role.ZONE_HEAD, Role.SECURITY_ADMIN}),
    Action.ASK_REVEAL: frozenset({Role.HANDLER, Role.SECRETARY}),
    Action.APPROVE_REVEAL: frozenset({Role.CUSTODIAN}),
    Action.PROPOSE_HAND_OVER: DESK,
    Action.APPROVE_HAND_OVER: HEADS,
    Action.WITHDRAW: HEADS,
    Action.PROPOSE_RESET: HEADS,
    Action.APPROVE_RESET: frozenset({Role.SECURITY_ADMIN}),
    Action.PROPOSE_ROLE: HEADS,
    Action.APPROVE_ROLE: frozenset({Role.SECURITY_ADMIN}),
    Action.DEPUTISE: frozenset({Role.SECRETARY, Role.ZONE_HEAD}),
    Action.ARRANGE_UNITS: frozenset({Role.SYSTEM_ADMIN}),
    Action.LIST_OFFICIALS: DESK,
    Action.MANAGE_OFFICIALS: DESK,
    Action.LIST_CAMPAIGNS: DESK,
    Action.COMPOSE: DESK,
    Action.APPROVE_CAMPAIGN: HEADS,
    Action.RUN_CAMPAIGN: DESK,
}

STATES: dict[Action, frozenset[TipStatus]] = {
    Action.REGISTER: frozenset({TipStatus.RECEIVED}),
    Action.ACCEPT: frozenset({TipStatus.RECEIVED, TipStatus.SCREENING}),
    Action.MARK_OUT_OF_SCOPE: frozenset({TipStatus.RECEIVED, TipStatus.SCREENING}),
    Action.CONCLUDE: frozenset({TipStatus.ACCEPTED}),
    Action.CLAIM: OPEN_STATUSES,
    Action.SEAL_UPWARD: OPEN_STATUSES,
    Action.RELEASE: OPEN_STATUSES,
    Action.PROPOSE_HAND_OVER: OPEN_STATUSES,
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
    Action.ASK_REVEAL,
    Action.WITHDRAW,
}
ON_STAFF = frozenset(
    {
        Action.LIST_STAFF,
        Action.GRANT_RING,
        Action.REMOVE,
        Action.PROPOSE_RESET,
        Action.PROPOSE_ROLE,
        Action.DEPUTISE,
    }
)
"""What an act can be done to; to anything else it is denied."""

CASEWORK = frozenset({Action.ACCEPT, Action.CONCLUDE, Action.CLAIM})
"""Not here when MODE=front_door: a matter stops at registration, casework happens on the official platform."""


def may(actor: Actor, action: Action, thing: object = None, *, mode: Mode = Mode.FULL) -> bool:
    """Whether the actor may do this to the thing. Keys are asked for separately: both are needed."""
    if not actor.roles & ROLES.get(action, frozenset()) or not actor.staff.active:
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
    if rule is None or not any(actor.roles & ROLES[action] for action in rule[0]) or not actor.staff.active:
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
