"""The story: words, photos, voice, in as many pieces as he likes. Every unsent state says so."""

from bot.dialogue.collecting import collect, counts, drop
from bot.dialogue.filing import advance
from bot.dialogue.passage import web_way
from bot.dialogue.screen import Screen, choice, lasting, leave, rows
from bot.heard import Heard
from models.draft import Draft
from models.inbox import Turn
from models.outbox import Choice, Say


class Story(Screen):
    """请说说：什么时候、谁、多少钱、您怎么知道的。"""

    name = "story"

    async def ask(self, turn: Turn) -> None:
        """The open question; with pieces already there, what has come in."""
        parts = turn.draft.telling.parts
        key, params = ("story.so_far", {"counts": counts(turn.draft.telling)}) if parts else ("story.ask", {})
        turn.say(key, params=params, choices=_choices(turn.draft))

    async def press(self, turn: Turn, choice: str) -> None:
        """Done, drop the last piece, or keep what we warned about."""
        telling = turn.draft.telling
        match choice:
            case "done" if telling.parts:
                turn.draft.pause_at = None
                await advance(turn)
            case "done":
                turn.say("story.nothing_yet")
            case _ if choice.startswith("drop"):
                await drop(turn, telling, choice)
                await self.ask(turn)
            case _:
                turn.say("story.kept", choices=_choices(turn.draft))

    async def hear(self, turn: Turn, heard: Heard) -> None:
        """Take a piece; the first voice and the first picture get their warning."""
        await collect(turn, turn.draft.telling, heard)


class OwnWords(Story):
    """收下了，还没交上去: somebody began to tell without being asked."""

    name = "own"

    async def ask(self, turn: Turn) -> None:
        """Say that nothing is handed in yet."""
        turn.draft.telling.own = True
        turn.say(
            "own.received",
            choices=rows(
                choice(turn, "done", "story.done"),
                choice(turn, "privacy", "own.privacy"),
                choice(turn, "wipe", "own.wipe"),
            ),
        )

    async def press(self, turn: Turn, choice: str) -> None:
        """As the story's, and two ways to be careful."""
        if choice == "wipe":
            turn.draft.start_over()
            leave(turn)
            turn.say("talk.wiped")
        elif choice == "privacy":
            turn.say("privacy.text", choices=_choices(turn.draft))
        else:
            await super().press(turn, choice)


def paused(draft: Draft) -> Say | None:
    """After a pause, once: what has come in, and that it is not handed in yet."""
    if draft.talk.get("screen") not in {"story", "own", "adding"}:
        return None
    telling = draft.adding if draft.talk["screen"] == "adding" else draft.telling
    if not telling.parts:
        return None
    return Say("story.so_far", params={"counts": counts(telling)}, choices=_choices(draft))


def nudged(draft: Draft) -> Say | None:
    """A day before it goes, once: something was begun and not handed in. Not a word of what."""
    if not (draft.telling.begun or draft.adding.parts or draft.proposing):
        return None
    return Say(
        "resume.ask",
        params={"day": {"day": draft.expires_at.isoformat()}},
        choices=rows(lasting("on", "resume.on"), lasting("cancel", "resume.wipe")),
    )


def _choices(draft: Draft) -> tuple[tuple[Choice, ...], ...]:
    number = draft.talk.get("no", 0)
    done = Choice("story.done", f"{number}:done")
    adding = draft.talk.get("screen") == "adding"
    parts = (draft.adding if adding else draft.telling).parts
    first = (done, Choice("story.drop_last", f"{number}:drop")) if parts else (done,)
    return (first,) if adding or draft.hosted else (first, *web_way("passage.offer"))
