"""登记来访来电来信: what somebody says at a desk goes the way of every tip, routed and recused like any other.

A clerk writes it down. Where his own office may not know of the matter, it goes upward and leaves nothing here:
no row that names the office, and the entry about the intake stands with the office that handles the tip.
"""

import hmac
from datetime import timedelta
from typing import Final

from models import clock
from models.actor import Actor
from models.db import transaction
from models.draft import Draft
from models.house import house
from models.policy import Action, require
from models.sealing import derive, lookup_tag
from models.terms import Channel
from models.tip import Filed, Tip

SHOWN_FOR: Final = timedelta(minutes=30)
"""After the review: how long a form sent again, as by a double click or a broken line, shows its slip once more."""


async def draft_of(actor: Actor, nonce: bytes) -> Draft:
    """The draft behind a form in this member's hands. Whoever else finds the form on the screen has another one."""
    return await Draft.of_form(derive(nonce, f"desk form of {actor.id.hex}"))


async def take_in(actor: Actor, draft: Draft, channel: Channel) -> Filed:
    """File what was written down, and forget the draft in the same moment. Twice is once, with the same receipt.

    Errors as `Tip.file`; NotOpen when nobody here may take it.
    """
    require(actor, Action.TAKE_IN, mode=house().mode)
    async with transaction():
        filed = await Tip.file(draft.telling, channel=channel, draft_id=draft.id, clerk_id=actor.id)
        await Draft.filter(id=draft.id).delete()
    return filed


def stamp(nonce: bytes) -> str:
    """From here on the form's slip may be shown again for a while."""
    until = str(int((clock.now() + SHOWN_FOR).timestamp()))
    return f"{until}.{_tag(nonce, until)}"


def is_fresh(nonce: bytes, stamped: str) -> bool:
    """Whether the while has not passed. No row says when a tip was handed in, so the form itself must."""
    until, _, tag = stamped.partition(".")
    genuine = hmac.compare_digest(tag.encode(), _tag(nonce, until).encode())
    return genuine and clock.now().timestamp() <= int(until)


def _tag(nonce: bytes, until: str) -> str:
    return lookup_tag(house().keys.index, "slip until", nonce, until).hex()
