"""What stands beside a matter: who keeps the reporter's identity, and to whom the matter can go."""

from typing import Any

from admin.language import Words
from models import pending
from models.handover import given, takers
from models.house import house
from models.matter import Matter
from models.policy import Action, may
from models.reveal import keepers, revealed_to
from models.staff import Staff
from models.terms import ProposalKind, UnitKind
from models.unit import Node, tree


async def sides(matter: Matter, t: Words) -> dict[str, Any]:
    """Only what this member could act upon is asked for."""
    actor, access, tip = matter.actor, matter.access, matter.tip

    def able(action: Action) -> bool:
        return may(actor, action, access, mode=house().mode)

    units = await tree()
    handler = units.get(tip.unit_id)
    asked = await _asked(matter)
    named = tip.named
    return {
        "asked": asked,
        "reveals": [one for one in await revealed_to(actor) if one.tip_id == tip.id] if named else [],
        "keepers": await keepers(actor, tip.id) if named and able(Action.MOVE_IDENTITY) else [],
        "takers": [(node, label(node, t)) for node in await takers(actor, tip.id)]
        if able(Action.PROPOSE_HAND_OVER)
        else [],
        "given": await given(actor, tip.id) if able(Action.WITHDRAW) else [],
        "handled_by": handler.office if access.reads_only and handler else "",
    }


def label(node: Node, t: Words) -> str:
    """A panel is told apart from an office."""
    return f"{node.office} · {t('term.UnitKind.panel')}" if node.kind is UnitKind.PANEL else node.office


async def _asked(matter: Matter) -> dict[ProposalKind, tuple[str, Any]]:
    """What this unit has asked for and waits for: by whom, and the proposal."""
    found = {}
    for proposal in await pending.open_about(matter.actor, matter.tip.id):
        by = await Staff.get_or_none(id=proposal.by_id)
        found[proposal.kind] = (by.name if by else "", proposal)
    return found
