"""The desk: a registrar who answers every new tip with a question, once."""

from models.actor import Actor
from models.desk import inbox
from models.matter import Matter
from models.staff import Staff
from models.terms import Side
from tests.faults.reaper import Ledger
from tests.world import PASSWORD

QUESTION = "请问是哪一年的事？"
_answered: set[object] = set()


async def answer_tips(ledger: Ledger) -> None:
    """Look at the list; whoever has no answer yet gets one. What returned is noted as promised."""
    staff = await Staff.get(login="shouli")
    actor = Actor(staff, await staff.open_secret(PASSWORD))
    for item in (await inbox(actor)).items:
        if item.tip_id in _answered:
            continue
        matter = await Matter.open(actor, item.tip_id)
        if not any(line.message.side is Side.DESK for line in await matter.thread()):
            await matter.reply(QUESTION, asks=True)
            ledger.note("replied", item.tip_id.hex)
        _answered.add(item.tip_id)
