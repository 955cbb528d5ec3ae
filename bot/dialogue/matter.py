"""What is it about, and whom does it concern? The second answer decides who may read."""

from bot.dialogue.filing import advance, refuse, route
from bot.dialogue.screen import Screen, choice, rows
from models.inbox import Turn
from models.terms import Concerns, Topic

OFFERED = (
    Topic.SUBSIDIES,
    Topic.RELIEF,
    Topic.COLLECTIVE_ASSETS,
    Topic.LAND,
    Topic.PROJECTS,
    Topic.FEES,
    Topic.OPENNESS,
    Topic.CONDUCT,
    Topic.OTHER,
)


class AskTopic(Screen):
    """像哪一类？选错没关系。"""

    name = "topic"

    async def ask(self, turn: Turn) -> None:
        """Nine topics a villager would name."""
        turn.say("topic.ask", choices=rows(*(choice(turn, t, f"term.Topic.{t}") for t in OFFERED)))

    async def press(self, turn: Turn, choice: str) -> None:
        """Take it and go on."""
        turn.draft.telling.topic = Topic(choice)
        await advance(turn)


class AskConcerns(Screen):
    """主要涉及谁？这样好避开他。"""

    name = "concerns"

    async def ask(self, turn: Turn) -> None:
        """Required on every path."""
        turn.say("concerns.ask", choices=rows(*(choice(turn, c, f"term.Concerns.{c}") for c in Concerns)))

    async def press(self, turn: Turn, choice: str) -> None:
        """Take it, say at once who will see the matter and who will not, and go on."""
        telling = turn.draft.telling
        telling.concerns = Concerns(choice)
        way = await route(telling)
        if way is None:
            await refuse(turn)
            return
        if way.kept_from:
            turn.say(
                "concerns.kept_from",
                params={"handler": way.handler.office, "kept_from": {"join": [n.name for n in way.kept_from]}},
            )
        else:
            turn.say("concerns.handled_by", params={"handler": way.handler.office})
        await advance(turn)
