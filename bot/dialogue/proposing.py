"""写廉政提醒, 投宣教材料: what an officer writes to his township, piece by piece (and then bot/dialogue/wishing.py).

It is no report: it goes to the office with his name, and he is told what becomes of it (bot/dialogue/handed_in.py).
"""

from bot.dialogue.collecting import counts
from bot.dialogue.screen import Screen, Stale, choice, go, lasting, leave, rows
from bot.heard import FILE, PHOTO, VIDEO, VOICE, Heard
from models.attachment import MAX_BYTES, Attachment
from models.draft import Proposing
from models.errors import Invalid
from models.inbox import Turn
from models.officer import Officer
from models.outbox import Choice
from models.terms import CampaignKind

TAKEN = frozenset({PHOTO, VIDEO, FILE})


def ways() -> tuple[Choice, ...]:
    """What an officer's page offers of this."""
    return (
        lasting("o:remind", "officer.remind"),
        lasting("o:teach", "officer.teach"),
        lasting("o:mine", "officer.mine"),
    )


async def remind(turn: Turn, officer: Officer, rest: str) -> None:  # noqa: ARG001  all acts are called alike
    """写廉政提醒."""
    await _begin(turn, CampaignKind.REMINDER)


async def teach(turn: Turn, officer: Officer, rest: str) -> None:  # noqa: ARG001  all acts are called alike
    """投宣教材料."""
    await _begin(turn, CampaignKind.EDUCATION)


async def _begin(turn: Turn, kind: CampaignKind) -> None:
    """What he began earlier comes first, whichever button he pressed: nothing of it is lost."""
    if turn.draft.proposing and turn.draft.proposing.kind is not kind:
        turn.say("propose.own_first")
    turn.draft.proposing = turn.draft.proposing or Proposing(kind)
    await go(turn, "propose")


async def go_on(turn: Turn) -> None:
    """Where he stopped, with everything he had written."""
    await go(turn, "propose")


class Words(Screen):
    """写什么？别写人名和没结的案子。"""

    name = "propose"

    async def ask(self, turn: Turn) -> None:
        """The open question; with pieces already there, what has come in. Nothing is handed in yet."""
        told = begun(turn)
        if told.parts:
            drop_last = choice(turn, "drop", "story.drop_last")
            buttons = rows(choice(turn, "done", "propose.done"), drop_last, choice(turn, "no", "propose.no"))
            turn.say("propose.so_far", params={"counts": counts(told)}, choices=buttons)
        else:
            turn.say(f"propose.ask.{told.kind}", choices=rows(choice(turn, "no", "propose.no")))

    async def press(self, turn: Turn, choice: str) -> None:
        """Done, the last piece away, or all of it."""
        told = begun(turn)
        match choice:
            case "done" if not told.words():
                turn.say("submission.words_missing")
                await self.ask(turn)
            case "done":
                await go(turn, "propose_day" if told.kind is CampaignKind.REMINDER else "propose_send")
            case "drop":
                del told.parts[-1:]
                await self.ask(turn)
            case "no":
                turn.draft.proposing = None
                leave(turn)
                turn.say("talk.wiped", choices=rows(lasting("start", "menu.back")))
            case _:
                raise Stale

    async def hear(self, turn: Turn, heard: Heard) -> None:
        """Take the piece, or say clearly why it cannot be taken. What he wrote before stays."""
        told = begun(turn)
        try:
            await _take(turn, told, heard)
        except Invalid as problem:
            turn.say(problem.key, params=problem.params)
        await self.ask(turn)


async def _take(turn: Turn, told: Proposing, heard: Heard) -> None:
    if heard.unreadable:
        raise Invalid(f"unreadable.{heard.unreadable}")
    if not heard.kind:
        _write(told, heard)
        return
    if heard.kind == VOICE:
        raise Invalid("propose.no_voice")
    if heard.size > MAX_BYTES:
        raise Invalid("file.too_big")
    told.require_room()  # before it is wanted: what has no room must not be fetched either
    source = {"file_id": heard.file_id, "address": turn.contact.address(), "contact": turn.contact.id.hex}
    wanted = await Attachment.want(turn.draft.id, kind=heard.kind, source=source, name=heard.name)
    told.add_file(wanted.id, heard.kind, heard.mark)


def _write(told: Proposing, heard: Heard) -> None:
    """Words of what was returned are written anew as a whole; only they have no mark."""
    kept = told.parts
    told.parts = [part for part in kept if not part.text or part.mark]
    try:
        told.add_text(heard.text, heard.mark)
    except Invalid:
        told.parts = kept
        raise


def begun(turn: Turn) -> Proposing:
    """What he is writing. Stale once it was handed in or dropped."""
    if turn.draft.proposing is None:
        raise Stale
    return turn.draft.proposing
