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
    ANSWER_OBJECTION = "answer_objection"
    TAKE_UP_AGAIN = "take_up_again"
    SEE_PROTECTION = "see_protection"  # who asks for protection, and with which words
    ANSWER_PROTECTION = "answer_protection"
    TAKE_IN = "take_in"  # write down what somebody says at the desk
    SEARCH = "search"
    FOLLOW = "follow"  # note where the matter stands on the official platform
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
    MOVE_IDENTITY = "move_identity"
    OVERSEE = "oversee"  # know of matters that units below handle, and how late they are
    READ_OVERSEEN = "read_overseen"  # with a reason, unless it was escalated
    PROPOSE_RESET = "propose_reset"
    APPROVE_RESET = "approve_reset"
    PROPOSE_ROLE = "propose_role"
    APPROVE_ROLE = "approve_role"
    DEPUTISE = "deputise"
    SET_TIES = "set_ties"
    DECLARE_TIES = "declare_ties"  # one's own
    ARRANGE_UNITS = "arrange_units"
    LIST_UNITS = "list_units"
    IMPORT_STRUCTURE = "import_structure"
    LIST_OFFICERS = "list_officers"
    APPOINT_OFFICER = "appoint_officer"
    END_OFFICER = "end_officer"
    LIST_OFFICIALS = "list_officials"
    MANAGE_OFFICIALS = "manage_officials"
    LIST_CAMPAIGNS = "list_campaigns"
    COMPOSE = "compose"
    APPROVE_CAMPAIGN = "approve_campaign"
    RUN_CAMPAIGN = "run_campaign"  # its time, pause, resume, stop
    EXPORT_REPORT = "export_report"  # the figures of a broadcast or a quiz as a file or on paper
    KEEP_CALENDAR = "keep_calendar"  # an office's own nodes, and what people in office declare
    TRIAGE = "triage"  # what officers propose: read, take, return, merge, refuse
    LIST_LESSONS = "list_lessons"
    WRITE_LESSON = "write_lesson"
    APPROVE_LESSON = "approve_lesson"
    PLAN_COURSE = "plan_course"


READERS = frozenset({Role.REGISTRAR, Role.HANDLER, Role.DEPUTY, Role.SECRETARY, Role.COUNTY_REVIEWER})
DESK = READERS
HEADS = frozenset({Role.SECRETARY, Role.DEPUTY})
APPOINTERS = HEADS | {Role.REGISTRAR, Role.SYSTEM_ADMIN}
"""Who looks after the officers under his own unit."""
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
    Action.ANSWER_OBJECTION: DESK,
    Action.TAKE_UP_AGAIN: DESK,
    Action.SEE_PROTECTION: frozenset({Role.SECRETARY}),
    Action.ANSWER_PROTECTION: frozenset({Role.SECRETARY}),
    Action.TAKE_IN: DESK,
    Action.SEARCH: READERS,
    Action.FOLLOW: DESK,
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
    Action.MOVE_IDENTITY: frozenset({Role.HANDLER, Role.SECRETARY}),
    Action.OVERSEE: HEADS,
    Action.READ_OVERSEEN: HEADS,
    Action.PROPOSE_RESET: HEADS,
    Action.APPROVE_RESET: frozenset({Role.SECURITY_ADMIN}),
    Action.PROPOSE_ROLE: HEADS,
    Action.APPROVE_ROLE: frozenset({Role.SECURITY_ADMIN}),
    Action.DEPUTISE: frozenset({Role.SECRETARY, Role.ZONE_HEAD}),
    Action.SET_TIES: frozenset({Role.SECURITY_ADMIN}),
    Action.DECLARE_TIES: KEY_HOLDERS,
    Action.ARRANGE_UNITS: frozenset({Role.SYSTEM_ADMIN}),
    Action.LIST_UNITS: APPOINTERS | {Role.ZONE_HEAD, Role.SECURITY_ADMIN},
    Action.IMPORT_STRUCTURE: frozenset({Role.SYSTEM_ADMIN}),
    Action.LIST_OFFICERS: APPOINTERS,
    Action.APPOINT_OFFICER: APPOINTERS,
    Action.END_OFFICER: APPOINTERS,
    Action.LIST_OFFICIALS: DESK,
    Action.MANAGE_OFFICIALS: DESK,
    Action.LIST_CAMPAIGNS: DESK,
    Action.COMPOSE: DESK,
    Action.APPROVE_CAMPAIGN: HEADS,
    Action.RUN_CAMPAIGN: DESK,
    Action.EXPORT_REPORT: DESK,
    Action.KEEP_CALENDAR: DESK,
    Action.TRIAGE: DESK,
    Action.LIST_LESSONS: DESK,
    Action.WRITE_LESSON: DESK,
    Action.APPROVE_LESSON: HEADS,
    Action.PLAN_COURSE: DESK,
}

ENDED = frozenset(TipStatus) - OPEN_STATUSES

STATES: dict[Action, frozenset[TipStatus]] = {
    Action.REGISTER: frozenset({TipStatus.RECEIVED}),
    Action.ACCEPT: frozenset({TipStatus.RECEIVED, TipStatus.SCREENING}),
    Action.MARK_OUT_OF_SCOPE: frozenset({TipStatus.RECEIVED, TipStatus.SCREENING}),
    Action.CONCLUDE: frozenset({TipStatus.ACCEPTED}),
    Action.FOLLOW: frozenset(TipStatus) - {TipStatus.RECEIVED},
    Action.CLAIM: OPEN_STATUSES,
    Action.SEAL_UPWARD: OPEN_STATUSES,
    Action.RELEASE: OPEN_STATUSES,
    Action.ANSWER_OBJECTION: ENDED,
    Action.TAKE_UP_AGAIN: ENDED,
    Action.PROPOSE_HAND_OVER: OPEN_STATUSES,
}
"""When an act is open, for those acts that depend on where the tip stands."""

ON_OVERSIGHT = frozenset({Action.SEE_PROTECTION, Action.ANSWER_PROTECTION})
"""What the oversight row of a superior allows as well."""

OVERSIGHT_ONLY = frozenset({Action.OVERSEE, Action.READ_OVERSEEN})
"""What is done through the oversight row alone: who handles a matter himself does not oversee it."""

WHILE_READING = frozenset(
    {Action.LIST_TIPS, Action.READ_TIP, Action.READ_FILE, Action.WITHDRAW, Action.MOVE_IDENTITY, *ON_OVERSIGHT}
)
"""What is left to a unit that has handed a matter over and goes on reading it."""

ON_TIPS = frozenset(STATES) | {
    *ON_OVERSIGHT,
    *OVERSIGHT_ONLY,
    Action.LIST_TIPS,
    Action.READ_TIP,
    Action.READ_FILE,
    Action.SUMMARISE,
    Action.REPLY,
    Action.NOTE,
    Action.RECALL,
    Action.ASK_REVEAL,
    Action.MOVE_IDENTITY,
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
        Action.SET_TIES,
        Action.DECLARE_TIES,
    }
)
"""What an act can be done to; to anything else it is denied."""

CASEWORK = frozenset({Action.ACCEPT, Action.CONCLUDE, Action.CLAIM, Action.TAKE_UP_AGAIN})
"""Not here when MODE=front_door: a matter stops at registration, casework happens on the official platform."""

PLATFORM = frozenset({Action.FOLLOW})
"""Only then: what the platform reports is noted by hand."""


def may(actor: Actor, action: Action, thing: object = None, *, mode: Mode = Mode.FULL) -> bool:
    """Whether the actor may do this to the thing. Keys are asked for separately: both are needed."""
    if not actor.roles & ROLES.get(action, frozenset()) or not actor.staff.active:
        return False
    if action in (CASEWORK if mode is Mode.FRONT_DOOR else PLATFORM):
        return False
    return _object_allows(actor, action, thing)


def _object_allows(actor: Actor, action: Action, thing: object) -> bool:
    match thing:
        case Access():
            own = thing.unit_id == actor.unit_id and _row_allows(thing, action)
            return own and action in ON_TIPS and thing.status in STATES.get(action, frozenset(TipStatus))
        case Audit():
            return action is Action.READ_AUDIT and thing.seen_by_id == actor.unit_id
        case Staff() if action is Action.DECLARE_TIES:
            return thing.id == actor.id
        case Staff():
            everywhere = actor.role in {Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN}
            return action in ON_STAFF and (everywhere or thing.unit_id == actor.unit_id)
        case None:
            return True
        case _:
            return False


def _row_allows(row: Access, action: Action) -> bool:
    if row.purpose is RingPurpose.OVERSIGHT:
        return action in ON_OVERSIGHT | OVERSIGHT_ONLY
    if row.purpose is not RingPurpose.CASE or action in OVERSIGHT_ONLY:
        return False
    return not row.reads_only or action in WHILE_READING


def overseen(actor: Actor) -> QuerySet[Access]:
    """The rows through which the actor may oversee: as `scope`, for Action.OVERSEE."""
    if not may(actor, Action.OVERSEE):
        return Access.filter(pk=UUID(int=0))
    return Access.filter(unit_id=actor.unit_id, purpose=RingPurpose.OVERSIGHT)


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
