"""The receipt: the code as text and picture, who has the matter, and what to do with this chat."""

from bot.dialogue.filing import tell_receipt
from bot.dialogue.officer import keeps_silent
from bot.dialogue.screen import lasting, rows
from models.codes import Code
from models.inbox import Turn
from models.message import Ping
from models.outbox import Choice
from models.thread import Thread
from models.tip import Filed


async def show_receipt(turn: Turn, filed: Filed) -> None:
    """The code lives in the reporter's chat, in these buttons; we do not keep it."""
    code = str(filed.code)
    turn.say("receipt.picture", params={"code": code}, media={"qr": code})
    tell_receipt(turn, filed, code_choices(filed.code))


def code_choices(code: Code) -> tuple[tuple[Choice, ...], ...]:
    """What goes beneath a code: the buttons carry it, so it lives in the reporter's chat and not with us."""
    return (
        (Choice("receipt.copy", copy=str(code)), lasting(f"t:{code}", "receipt.track")),
        (lasting(f"p:{code}", "receipt.ping"), lasting("wipe", "receipt.wipe")),
    )


async def offer_ping(turn: Turn, code: str) -> None:
    """提醒只写“您有一条服务消息”。别人会看您手机就别开。"""
    if Code.parse(code) is not None and not await keeps_silent(turn):
        turn.say("ping.offer", choices=rows(lasting(f"p1:{code}", "ping.on"), lasting(f"p0:{code}", "ping.off")))


async def set_ping(turn: Turn, code: str, *, on: bool) -> None:
    """Link this chat to the tip for pings, because he asked, unless it is an officer's; or unlink it."""
    if on and await keeps_silent(turn):
        return
    thread = await Thread.open(code, who=turn.contact.id.hex)
    if on:
        await thread.ping_in(turn.contact.id)
    else:
        await Ping.off(thread.tip_id)
    turn.say("ping.is_on" if on else "ping.is_off")
