"""我交的提醒、材料: where each stands, and what its officer may still do with it."""

from collections.abc import Awaitable, Callable
from typing import Any, Final
from uuid import UUID

from bot.dialogue import proposing
from bot.dialogue.screen import Screen, Stale, choice, go, lasting, leave, rows
from bot.heard import Heard
from models.clock import day_of
from models.draft import Part, Proposing
from models.errors import Conflict
from models.inbox import Turn
from models.officer import Officer
from models.outbox import Choice
from models.submission import HIS_PAGE, OPEN, Submission, handed_in_by
from models.terms import Fate, SubmissionState

FURTHEST: Final = 10_000
BEGINS: Final = 30
"""Characters of his own words by which he knows which one is meant."""


async def mine(turn: Turn, officer: Officer, rest: str) -> None:
    """Five at a time, newest first."""
    skip = min(max(int(rest or 0), 0), FURTHEST)  # a button may be forged
    found, more = await handed_in_by(officer, skip=skip)
    leave(turn)
    for one in found:
        turn.say("submission.line", params=_told(one), choices=_acts(one))
    older = [lasting(f"o:mine-{skip + HIS_PAGE}", "submission.older")] if more else []
    turn.say("submission.these" if found else "submission.none", choices=rows(*older, lasting("start", "menu.back")))


async def mend(turn: Turn, officer: Officer, rest: str) -> None:
    """修改: what was returned, with what the office said, is written anew. Conflict when it is not with him."""
    one = await Submission.of_officer(officer, UUID(hex=rest))
    if one.state is not SubmissionState.RETURNED:
        raise Conflict("submission.moved_on")
    begun = turn.draft.proposing
    if begun and begun.mends != one.id.hex:
        turn.say("propose.own_first")
    else:
        turn.draft.proposing = begun or Proposing(one.kind, [Part(text=one.words)], mends=one.id.hex)
        turn.say("propose.mend", params={"word": _word(one), "words": one.words})
    await go(turn, "propose")


async def drop(turn: Turn, officer: Officer, rest: str) -> None:
    """不提了. Never by one slip."""
    one = await Submission.of_officer(officer, UUID(hex=rest))
    if one.state not in OPEN:
        raise Conflict("submission.moved_on")
    turn.draft.talk["dropping"] = one.id.hex
    await go(turn, "propose_drop")


class Drop(Screen):
    """真的不提了吗？"""

    name = "propose_drop"

    async def ask(self, turn: Turn) -> None:
        """Which one, and whether he means it."""
        one, _ = await _dropping(turn)
        buttons = rows(choice(turn, "yes", "submission.drop_yes"), choice(turn, "no", "submission.drop_no"))
        turn.say("submission.drop_ask", params={"begins": _begins(one)}, choices=buttons)

    async def press(self, turn: Turn, choice: str) -> None:
        """It is his until the office has decided."""
        one, officer = await _dropping(turn)
        turn.draft.talk.pop("dropping", None)
        if choice == "yes":
            await one.withdraw()
            if turn.draft.proposing and turn.draft.proposing.mends == one.id.hex:
                turn.draft.proposing = None
            turn.say("submission.dropped")
        await mine(turn, officer, "")

    async def hear(self, turn: Turn, heard: Heard) -> None:  # noqa: ARG002  buttons only
        """Ask again."""
        await self.ask(turn)


async def _dropping(turn: Turn) -> tuple[Submission, Officer]:
    officer = await Officer.of_contact(turn.contact.id)
    if officer is None or "dropping" not in turn.draft.talk:
        raise Stale
    return await Submission.of_officer(officer, UUID(hex=turn.draft.talk["dropping"])), officer


def _told(one: Submission) -> dict[str, Any]:
    """Its kind, its first words and what has become of it, with the office's word or the day it goes out."""
    said: dict[str, Any] = {"t": f"term.Fate.{one.fate()}"}
    if one.reason or one.word:
        said = {"t": "submission.with_word", "fate": said, "word": _word(one)}
    elif day := _goes_on(one):
        said = {"t": "submission.on_day", "fate": said, "day": {"date": day}}
    return {"kind": {"t": f"term.CampaignKind.{one.kind}"}, "begins": _begins(one), "fate": said}


def _word(one: Submission) -> Any:
    """What the office said: a word from its list, its own, or both."""
    reason = {"t": f"term.ReturnReason.{one.reason}"}
    if not one.word:
        return reason
    return {"join": [reason, one.word]} if one.reason else one.word


def _goes_on(one: Submission) -> str:
    """The day it goes or went out, once that is settled."""
    moment = one.campaign.first_at() if one.campaign else None
    return day_of(moment).isoformat() if moment and one.fate() in {Fate.APPROVED, Fate.SENT} else ""


def _begins(one: Submission) -> str:
    return one.words if len(one.words) <= BEGINS else one.words[:BEGINS] + "…"


def _acts(one: Submission) -> tuple[tuple[Choice, ...], ...]:
    mends = [lasting(f"o:mend-{one.id.hex}", "submission.mend")] if one.state is SubmissionState.RETURNED else []
    drops = [lasting(f"o:drop-{one.id.hex}", "submission.drop")] if one.state in OPEN else []
    return rows(*mends, *drops)


Act = Callable[[Turn, Officer, str], Awaitable[None]]
ACTS: Final[dict[str, Act]] = {
    "remind": proposing.remind,
    "teach": proposing.teach,
    "mine": mine,
    "mend": mend,
    "drop": drop,
}
"""Buttons of the officer's page that are about his submissions, by what stands before the dash in their data."""
