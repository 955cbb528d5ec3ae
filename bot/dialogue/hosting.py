"""Somebody else is telling in an officer's chat: on his phone, or dictating. Nothing of it stays there.

The questions are those of every tip. What differs stands here: how it begins, what is read aloud before it is
handed in, what is handed out, and that afterwards both sides of the chat are cleared.
"""

import secrets
from typing import Any

from bot.dialogue import proposing
from bot.dialogue.filing import advance, tell_receipt
from bot.dialogue.screen import Screen, choice, go, lasting, open_screen, rows
from bot.heard import Heard
from models.inbox import Turn
from models.officer import Officer
from models.outbox import Choice, Say
from models.terms import Channel, Hosting
from models.tip import Filed

PIECE = 3_000
"""Characters of one message of what is read aloud."""


async def begin(turn: Turn, way: Hosting, officer: Officer) -> None:
    """The telling that begins now is his who came."""
    turn.draft.host(way, officer.station_id)
    if way is Hosting.GUEST:
        await go(turn, "hand_over")
        return
    turn.draft.telling.naming = "anonymous"
    turn.say("hosting.write")
    await advance(turn)


def is_dictated(turn: Turn) -> bool:
    """他说我写: the officer types, so who came is never asked."""
    return turn.draft.hosted is not None and turn.draft.hosted.way is Hosting.WRITER


def door_of(turn: Turn) -> dict[str, Any]:
    """Through which door a tip of this chat comes: an officer's leaves only his station behind."""
    if hosted := turn.draft.hosted:
        return {"channel": Channel.OFFICER, "station_id": hosted.station_id}
    return {"channel": Channel.CHAT, "station_id": turn.contact.station_id}


def read_aloud(turn: Turn, told: dict[str, object]) -> None:
    """念给他听, word for word; then whether he agrees."""
    words = "\n".join(part.text for part in turn.draft.telling.parts if part.text)
    for start in range(0, len(words), PIECE):
        turn.say("hosting.words", params={"words": words[start : start + PIECE]})
    turn.say(
        "hosting.agree",
        params=told,
        choices=rows(
            choice(turn, "submit", "hosting.submit"),
            choice(turn, "edit", "review.edit"),
            choice(turn, "wipe", "hosting.drop"),
            width=1,
        ),
    )


async def hand_out(turn: Turn, filed: Filed) -> None:
    """The code is for him who came. No button carries it: this chat will not keep it."""
    code = str(filed.code)
    turn.say("receipt.picture", params={"code": code}, media={"qr": code})
    if is_dictated(turn):
        turn.say("hosting.voucher", params={"voucher": _voucher()})
    else:
        tell_receipt(turn, filed)
    if turn.draft.hosted:
        turn.draft.hosted.handed_in = True
    await go(turn, "hosting_over")


def _voucher() -> str:
    """For the officer's own notebook; it leads nowhere.

    Drawn, not counted: a running number would have to be kept, and its gaps would tell how many matters went
    past the office he knows.
    """
    return f"S-{secrets.randbelow(10_000):04d}"


async def clear(turn: Turn) -> None:
    """清掉: both sides of the chat, and whatever the draft still holds."""
    turn.draft.end_hosting()
    is_his = await Officer.of_contact(turn.contact.id)
    choices = home_buttons() if is_his else rows(lasting("start", "menu.back"))
    turn.said.append(Say("hosting.cleared", choices=choices, act={"wipe": True}))


async def settle(turn: Turn) -> None:
    """After each step of a session: its thirty minutes begin anew, and it never ends without 清掉."""
    if turn.draft.hosted is None:
        return
    turn.draft.stay_hosting()
    if is_dictated(turn) and not turn.draft.hosted.handed_in:
        turn.draft.telling.naming = "anonymous"  # also after he began anew
    if open_screen(turn) is None and not turn.draft.telling.begun:
        await go(turn, "hosting_over")


def home_buttons() -> tuple[tuple[Choice, ...], ...]:
    """What an officer's own page offers."""
    return rows(lasting("o:come", "officer.come"), *proposing.ways(), lasting("report", "officer.own"), width=1)


class _Waits(Screen):
    """Buttons only: what is typed or sent here is nobody's story."""

    name = "hosting_waits"

    async def hear(self, turn: Turn, heard: Heard) -> None:  # noqa: ARG002  nothing is heard here
        """Ask again."""
        await self.ask(turn)


class HandOver(_Waits):
    """请把手机交给他。"""

    name = "hand_over"

    async def ask(self, turn: Turn) -> None:
        """To the officer; the next button is pressed by the one who came."""
        turn.say("hosting.hand_over", choices=rows(choice(turn, "begin", "menu.report"), _clear()))

    async def press(self, turn: Turn, choice: str) -> None:  # noqa: ARG002  there is one button
        """The honest notice, as everybody gets it, and the first question."""
        turn.say("start.honest")
        turn.say("start.anonymous")
        await advance(turn)


class Unfinished(_Waits):
    """还没交完: the way back to the officer's own page leads past 清掉."""

    name = "hosting_unfinished"

    async def ask(self, turn: Turn) -> None:
        """Go on, or clear."""
        turn.say("hosting.unfinished", choices=rows(choice(turn, "on", "resume.on"), _clear()))

    async def press(self, turn: Turn, choice: str) -> None:  # noqa: ARG002  there is one button
        """Go on."""
        await advance(turn)


class Over(_Waits):
    """交给他以后，请点清掉。"""

    name = "hosting_over"

    async def ask(self, turn: Turn) -> None:
        """Whether it was handed in or not, the chat is to be cleared."""
        handed_in = turn.draft.hosted is not None and turn.draft.hosted.handed_in
        turn.say("hosting.over" if handed_in else "hosting.nothing", choices=((_clear(handed_in=handed_in),),))


def _clear(*, handed_in: bool = False) -> Choice:
    return lasting("o:clear", "hosting.given" if handed_in else "hosting.clear")
