"""A liaison officer's chat: the pledge, his page, and the three ways for whoever comes to him."""

from collections.abc import Awaitable, Callable

from bot.dialogue import handed_in, hosting
from bot.dialogue.filing import advance
from bot.dialogue.screen import Screen, Stale, choice, go, lasting, leave, rows
from bot.heard import Heard
from models.house import house
from models.inbox import Turn
from models.officer import Officer
from models.subscription import Subscription
from models.terms import Hosting, TipEntry
from models.ticket import Ticket
from models.unit import tree


async def invited(turn: Turn, code: str) -> None:
    """A code of an invitation: what is promised is read before anybody is enrolled. Invalid when it is none."""
    await Officer.invited(code)
    turn.draft.talk["invite"] = code
    await go(turn, "pledge")


async def at_home(turn: Turn) -> bool:
    """The officer's own page, where others get the first words. False when this is nobody's office."""
    if hosted := turn.draft.hosted:
        begun = turn.draft.telling.begun and not hosted.handed_in
        await go(turn, "hosting_unfinished" if begun else "hosting_over")
        return True
    officer = await Officer.of_contact(turn.contact.id)
    if officer is None:
        return False
    leave(turn)
    turn.say("officer.home", params={"village": await _village(officer)}, choices=hosting.home_buttons())
    return True


async def keeps_silent(turn: Turn) -> bool:
    """问进度: how a matter stands is told to whoever has its code, and not in an officer's chat."""
    if not turn.draft.hosted and not await Officer.of_contact(turn.contact.id):
        return False
    turn.say("officer.no_progress", choices=rows(lasting("start", "menu.back")))
    return True


async def press(turn: Turn, act: str) -> None:
    """A button of the officer's page. Stale once he is no officer any more."""
    officer = await Officer.of_contact(turn.contact.id)
    name, _, rest = act.partition("-")
    if officer is None or name not in ACTS | handed_in.ACTS:
        raise Stale
    if turn.draft.hosted:
        await at_home(turn)
    elif name in handed_in.ACTS:
        await handed_in.ACTS[name](turn, officer, rest)
    else:
        await ACTS[name](turn, officer)


async def _come(turn: Turn, officer: Officer) -> None:  # noqa: ARG001  all acts are called alike
    """让他自己说。您不问姓名、不调查、不留底。"""
    ways = [lasting("o:scan", "officer.scan_it")]
    if house().tip_entry is not TipEntry.FORM:
        ways += [lasting("o:guest", "officer.my_phone"), lasting("o:write", "officer.i_write")]
    turn.say("officer.how", choices=rows(*ways, lasting("start", "menu.back"), width=1))


async def _scan(turn: Turn, officer: Officer) -> None:
    """A link for one telling, as a picture to scan. Where no page can be reached it leads into the bot."""
    word = await Ticket.issue(officer.station_id)
    if page := house().form_way:
        turn.say("officer.scan", media={"link": f"{page}/?v={word}"}, choices=rows(lasting("start", "menu.back")))
    else:
        turn.say("officer.scan_chat", media={"start": f"v{word}"}, choices=rows(lasting("start", "menu.back")))


async def _guest(turn: Turn, officer: Officer) -> None:
    await _host(turn, Hosting.GUEST, officer)


async def _write(turn: Turn, officer: Officer) -> None:
    await _host(turn, Hosting.WRITER, officer)


async def _host(turn: Turn, way: Hosting, officer: Officer) -> None:
    """What the officer has begun for himself is never shown to somebody else: it is finished or dropped first."""
    if house().tip_entry is TipEntry.FORM:
        raise Stale
    if turn.draft.telling.begun or turn.draft.adding.parts or turn.draft.proposing:
        turn.say("officer.own_first")
        await go(turn, "cancel")
        return
    await hosting.begin(turn, way, officer)


Act = Callable[[Turn, Officer], Awaitable[None]]
ACTS: dict[str, Act] = {"come": _come, "scan": _scan, "guest": _guest, "write": _write}


class Pledge(Screen):
    """请读一读，再登记。"""

    name = "pledge"

    async def ask(self, turn: Turn) -> None:
        """Secrecy; he collects and passes on; he never looks into it."""
        officer = await Officer.invited(str(turn.draft.talk.get("invite", "")))
        turn.say(
            "officer.pledge",
            params={"village": await _village(officer), "name": officer.name},
            choices=rows(choice(turn, "yes", "officer.promise"), choice(turn, "no", "officer.not_now"), width=1),
        )

    async def press(self, turn: Turn, choice: str) -> None:
        """Enrolled, or not yet: the code stays good."""
        code = str(turn.draft.talk.pop("invite", ""))
        leave(turn)
        if choice != "yes":
            turn.say("officer.not_enrolled")
            return
        await Officer.enrol(code, turn.contact.id)
        turn.say("officer.enrolled")
        await at_home(turn)

    async def hear(self, turn: Turn, heard: Heard) -> None:  # noqa: ARG002  buttons only
        """Ask again."""
        await self.ask(turn)


class ForOneself(Screen):
    """这个聊天登记过您的职务: said before an anonymous tip from an enrolled chat."""

    name = "officer_warning"

    async def ask(self, turn: Turn) -> None:
        """Another phone and the page, or by name."""
        ways = [choice(turn, "page", "officer.see_address")] if house().form_way else []
        only_reads = await Subscription.is_all(turn.contact.id)
        if only_reads:
            ways.append(choice(turn, "unsubscribed", "subscription.end_first"))
        if house().tip_entry is not TipEntry.FORM:
            ways.append(choice(turn, "named", "officer.by_name"))
        key = "subscription.warning" if only_reads else "officer.warning"
        turn.say(key, choices=rows(*ways, lasting("offices", "menu.offices")))

    async def press(self, turn: Turn, choice: str) -> None:
        """What was told stays; only the name is settled."""
        if choice == "page":
            turn.say("officer.address", params={"address": house().form_way}, media={"link": house().form_way})
        elif choice == "named":
            turn.draft.telling.naming = "named"
            await advance(turn)
        elif choice == "unsubscribed" and await Subscription.is_all(turn.contact.id):
            await Subscription.end(turn.contact.id)
            turn.say("subscription.ended_first")
            await advance(turn)
        else:
            raise Stale


async def _village(officer: Officer) -> str:
    village = (await tree()).village_of(officer.station_id)
    return village.name if village else officer.station.name
