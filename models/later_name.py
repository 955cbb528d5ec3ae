"""A name given later: the reporter comes back with his code and says who he is, sealed as at filing."""

from models import offices
from models.access import Access
from models.custody import Spare, seal_identity
from models.db import transaction
from models.deadline import Deadline, Rule
from models.errors import Conflict, Invalid
from models.event import Event, Happening
from models.receipt import Identity
from models.ring import Ring
from models.thread import Thread
from models.tip import Tip, hold_still


async def can_give_name(thread: Thread) -> bool:
    """Whether he has given none yet, the matter is still kept here, and somebody keeps identities apart."""
    tip = await thread.tip()
    return not tip.named and not tip.emptied and bool(await _rings(tip))


async def give_name(thread: Thread, *, name: str, reach: str, safe: str) -> None:
    """Seal name and reach to the custody ring, and that under R: handler and custodian must meet to read it.

    From today on he is owed what a named reporter is owed (KG 26, 27). Conflict when a name was given before, or
    when the matter's words are here no more; Invalid when nobody keeps identities, or something is missing.
    """
    if not name or not reach:
        raise Invalid("tip.missing", question="name")
    who = {"name": name, "reach": reach, "safe": safe}
    async with transaction():
        tip = await hold_still(thread.tip_id)
        await thread.require_open()
        if tip.emptied:
            raise Conflict("naming.not_any_more")
        rings = await _rings(tip)  # of the office that has it now: before, it could have been sealed upward
        if not rings:
            raise Invalid("tip.no_custodian")
        identity, spares = seal_identity(tip.id, thread.reporter_secret, rings, who)
        if tip.named or await Identity.filter(tip_id=tip.id).exists():
            raise Conflict("naming.given_already")
        await identity.save(force_create=True)
        await Spare.bulk_create(spares)
        await Tip.filter(id=tip.id).update(named=True)
        await Access.filter(tip_id=tip.id).update(named=True)
        await Deadline.filter(tip_id=tip.id, rule=Rule.SCREEN, met_on=None).update(rule=Rule.TELL_ACCEPTANCE)
        await Event.of(Happening.NAMED, tip_id=tip.id, unit_id=tip.unit_id).save(force_create=True)


async def _rings(tip: Tip) -> list[Ring]:
    """The custody rings from the office that has the matter now. None when no custodian is clear of it."""
    return await offices.custody_rings(tip.unit_id, tip.place_id, tip.concerns)
