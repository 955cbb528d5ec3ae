"""The first words, and the commands that always work."""

from uuid import UUID

from bot.dialogue import hosting, officer
from bot.dialogue.filing import begin
from bot.dialogue.screen import Screen, choice, go, lasting, leave, rows
from models.house import house
from models.inbox import Turn
from models.offices import is_open
from models.outbox import Choice, Say
from models.terms import Language, TipEntry, UnitKind
from models.ticket import Ticket
from models.unit import Node, tree


async def start(turn: Turn, payload: str = "") -> None:
    """The honest notice, in three short messages, and the ways on."""
    await turn.contact.come_through(await _station(payload) or turn.contact.station_id)
    if await officer.at_home(turn):
        return
    county = (await tree()).county()
    leave(turn)
    if county is None or not await is_open():
        turn.say("door.not_open_yet")
        return
    turn.say("start.who", params={"office": county.office, "landline": county.reach.get("landline", "12388")})
    turn.say("start.honest_web" if house().form_way else "start.honest")
    turn.say("start.anonymous", choices=_ways(turn))


async def scanned(turn: Turn, word: str) -> None:
    """A ticket that an officer held out: it tells the station. Used or too old, it costs nobody the way in."""
    if station_id := await Ticket.use(word):
        await turn.contact.come_through(station_id)
    else:
        turn.say("ticket.expired")
    await start(turn)


async def report(turn: Turn) -> None:
    """开始反映。 Where tips are told on the page only, the way there."""
    if house().tip_entry is TipEntry.FORM:
        turn.say("entry.form_only", choices=_ways(turn))
        return
    await begin(turn)


async def track(turn: Turn) -> None:
    """查进度。"""
    if not await officer.keeps_silent(turn):
        await go(turn, "track")


async def offices(turn: Turn) -> None:
    """打电话或当面说: the equal ways beside this chat."""
    units = await tree()
    station = units.get(turn.contact.station_id)
    near = list(units.upward(station.id)) if station else []
    shown = [node for node in near if node.reach] or [node for node in [units.county()] if node]
    for node in shown:
        turn.say("office.reach", params=_reach(node))
    turn.say("office.hotline", choices=rows(lasting("report", "menu.report"), lasting("start", "menu.back")))


async def help_(turn: Turn) -> None:
    """What this is and which commands there are."""
    turn.say("help.text", choices=_ways(turn))


async def privacy(turn: Turn) -> None:
    """Who sees what, and what we keep."""
    turn.say("privacy.text", choices=rows(lasting("report", "menu.report"), lasting("start", "menu.back")))


async def language(turn: Turn) -> None:
    """The three catalogs."""
    turn.say("language.ask", choices=rows(*(lasting(f"lang:{x}", f"term.Language.{x}") for x in Language), width=3))


async def speak(turn: Turn, chosen: str) -> None:
    """From now on in this language."""
    await turn.contact.speak(Language(chosen))
    turn.say("language.done", choices=_ways(turn))


async def cancel(turn: Turn) -> None:
    """/cancel: ask before anything said is dropped."""
    if turn.draft.telling.begun or turn.draft.adding.parts or turn.draft.proposing:
        await go(turn, "cancel")
        return
    turn.draft.close_thread()
    leave(turn)
    turn.say("cancel.nothing", choices=_ways(turn))


async def wipe(turn: Turn) -> None:
    """清掉这次聊天: what can be deleted on both sides is; the thread is closed, the draft stays if not handed in."""
    if turn.draft.hosted:
        await hosting.clear(turn)
        return
    turn.draft.close_thread()
    leave(turn)
    turn.said.append(Say("wipe.done", act={"wipe": True}))


class Cancel(Screen):
    """都删掉吗？"""

    name = "cancel"

    async def ask(self, turn: Turn) -> None:
        """Never by one slip."""
        turn.say("cancel.ask", choices=rows(choice(turn, "wipe", "resume.wipe"), choice(turn, "on", "resume.on")))

    async def press(self, turn: Turn, choice: str) -> None:
        """Drop it, or go on."""
        if choice == "wipe":
            turn.draft.start_over()
            turn.draft.forget_addition()
            turn.draft.proposing = None
            leave(turn)
            turn.say("talk.wiped", choices=_ways(turn))
        else:
            await begin_again(turn)


async def begin_again(turn: Turn) -> None:
    """Go on with what was begun."""
    from bot.dialogue import proposing
    from bot.dialogue.filing import advance

    if turn.draft.proposing and not turn.draft.telling.begun:
        await proposing.go_on(turn)
    else:
        await advance(turn)


def _ways(turn: Turn) -> tuple[tuple[Choice, ...], ...]:
    tell = [] if house().tip_entry is TipEntry.FORM else [lasting("report", "menu.report")]
    return (
        tuple(tell + web_choice(turn)),
        (lasting("track", "menu.track"), lasting("offices", "menu.offices")),
        (lasting("lessons", "lesson.menu"), lasting("subscribe", "subscription.menu")),
    )


def web_choice(turn: Turn) -> list[Choice]:
    """更稳妥：用网页. The station goes along, nothing of the chat does."""
    if not house().form_way:
        return []
    station = f"/?s={turn.contact.station_id.hex}" if turn.contact.station_id else "/"
    return [Choice("menu.web", url=house().form_way + station)]


def _reach(node: Node) -> dict[str, str]:
    return {
        "office": node.office,
        "landline": node.reach.get("landline", "—"),
        "address": node.reach.get("address", "—"),
        "hours": node.reach.get("hours", "—"),
    }


async def _station(payload: str) -> UUID | None:
    """The station in a poster's deep link; anything else is ignored."""
    try:
        node = (await tree()).get(UUID(hex=payload))
    except ValueError:
        return None
    return node.id if node and node.kind in {UnitKind.STATION, UnitKind.VILLAGE} else None
