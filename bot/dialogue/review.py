"""The review before handing in: what was told, who will see it, who will not; every answer can be changed."""

from uuid import UUID

from bot.dialogue import hosting
from bot.dialogue.collecting import counts
from bot.dialogue.filing import advance, refuse, route, warned
from bot.dialogue.receipt import show_receipt
from bot.dialogue.screen import Screen, choice, go, leave, rows
from models.attachment import drop_unfetched
from models.draft import Telling
from models.errors import Conflict, NotOpen
from models.inbox import Turn
from models.routing import Route
from models.terms import Topic
from models.tip import Tip
from models.unit import tree

EDITABLE = ("place", "topic", "concerns", "story", "naming")


class Review(Screen):
    """请核对。"""

    name = "review"

    async def ask(self, turn: Turn) -> None:
        """One message with everything, and the way on."""
        telling = turn.draft.telling
        way = await route(telling)
        if way is None:
            await refuse(turn)
            return
        if hosting.is_dictated(turn):
            hosting.read_aloud(turn, await _told(telling, way))
            return
        turn.say(
            "review.ask",
            params=await _told(telling, way),
            choices=rows(
                choice(turn, "submit", "review.submit"),
                choice(turn, "edit", "review.edit"),
                choice(turn, "care", "review.care_on" if telling.care else "review.care"),
                choice(turn, "before", "review.before_on" if telling.before else "review.before"),
                choice(turn, "wipe", "review.wipe"),
                width=1,
            ),
        )

    async def press(self, turn: Turn, choice: str) -> None:
        """Hand in, change an answer, mark that only he can know it, or drop everything."""
        match choice:
            case "submit" | "without":
                await self._submit(turn, without_waiting=choice == "without")
            case "edit" | "before":
                await go(turn, choice)
            case "care":
                turn.draft.telling.care = not turn.draft.telling.care
                await self.ask(turn)
            case "wipe" if turn.draft.hosted:
                await hosting.clear(turn)
            case "wipe":
                turn.draft.start_over()
                leave(turn)
                turn.say("talk.wiped")

    async def _submit(self, turn: Turn, *, without_waiting: bool) -> None:
        draft = turn.draft
        if await warned(turn):
            return
        if without_waiting:
            await drop_unfetched(draft)
        try:
            filed = await Tip.file(draft.telling, draft_id=draft.id, **hosting.door_of(turn))
        except NotOpen:
            await refuse(turn)
            return
        except Conflict as waiting:
            turn.say(
                waiting.key,
                params=waiting.params,
                choices=rows(choice(turn, "submit", "review.submit"), choice(turn, "without", "review.without")),
            )
            return
        draft.start_over()
        leave(turn)
        await (hosting.hand_out(turn, filed) if draft.hosted else show_receipt(turn, filed))


class Edit(Screen):
    """改哪一项？"""

    name = "edit"

    async def ask(self, turn: Turn) -> None:
        """The answers, one button each."""
        asked = [question for question in EDITABLE if question != "naming" or not hosting.is_dictated(turn)]
        buttons = [choice(turn, question, f"edit.{question}") for question in asked]
        turn.say("edit.ask", choices=rows(*buttons, choice(turn, "back", "edit.back")))

    async def press(self, turn: Turn, choice: str) -> None:
        """Put that question again; answering it comes back to the review."""
        await (go(turn, choice) if choice in EDITABLE else advance(turn))


class Resume(Screen):
    """上次没说完。"""

    name = "resume"

    async def ask(self, turn: Turn) -> None:
        """Until when it is kept, and the choice."""
        day = turn.draft.expires_at
        turn.say(
            "resume.ask",
            params={"day": {"day": day.isoformat()}},
            choices=rows(choice(turn, "on", "resume.on"), choice(turn, "wipe", "resume.wipe")),
        )

    async def press(self, turn: Turn, choice: str) -> None:
        """Go on where he was, or begin anew."""
        if choice == "wipe":
            turn.draft.start_over()
            turn.say("talk.wiped")
        await advance(turn)


async def _told(telling: Telling, way: Route) -> dict[str, object]:
    units = await tree()
    place = units.get(UUID(hex=telling.place))
    return {
        "place": place.name if place else "—",
        "topic": {"t": f"term.Topic.{telling.topic or Topic.UNSORTED}"},
        "concerns": {"t": f"term.Concerns.{telling.concerns}"},
        "counts": counts(telling),
        "naming": {"t": f"naming.{telling.naming}"},
        "readers": {"join": [node.office for node in (way.handler, way.overseer) if node]},
        "kept_from": {"join": [node.name for node in way.kept_from]} if way.kept_from else {"t": "review.nobody"},
    }
