"""The first page: who we are, what to expect, and every way to reach us, with equal care."""

from uuid import UUID

from aiohttp import web

from admin.public.config import CONFIG
from admin.public.pages import page
from admin.public.visit import station_in
from models.house import house
from models.offices import is_open
from models.passage import Passage
from models.sealing import new_secret
from models.terms import TipEntry, UnitKind
from models.ticket import Ticket
from models.unit import Node, Tree, steady_tree, tree


async def front(request: web.Request) -> web.Response:
    """`/`, or `/?s=<station>` from a poster, `/?v=<ticket>` held out by an officer, `/?c=<ticket>` out of the chat:
    looking uses none up.
    """
    async with steady_tree():
        units, ticket = await tree(), request.query.get("v", "")
        told = await Ticket.look(ticket) if ticket else None
        station = told or station_in(units, request.query.get("s", ""))
        crossing = request.query.get("c", "")
        stands = bool(crossing) and await Passage.stands(crossing)
        return page(
            request,
            "front.html",
            county=units.county(),
            offices=_near(units, station) or _reachable(units),
            station=station.hex if station and not told else "",
            ticket=ticket if told else "",
            notice="ticket.expired" if ticket and not told else "passage.expired" if crossing and not stands else "",
            crossing=crossing if stands else "",
            form=new_secret().hex() if stands else "",  # named now, so that a double tap means one form
            village=_village(units, station),
            bot_link=_bot_link(request.app[CONFIG].bot_link, station),
            is_open=await is_open(),
            takes_tips=house().tip_entry is not TipEntry.CHAT,
        )


def _near(units: Tree, station: UUID | None) -> list[Node]:
    """The offices above the poster's station that can be called or visited; the county has its own place."""
    above = units.upward(station) if station else iter(())
    return [node for node in above if node.reach and node.kind is UnitKind.TOWNSHIP]


def _reachable(units: Tree) -> list[Node]:
    return [node for node in units.of_kind(UnitKind.TOWNSHIP) if node.reach]


def _village(units: Tree, station: UUID | None) -> str:
    found = units.village_of(station)
    return found.name if found else ""


def _bot_link(link: str, station: UUID | None) -> str:
    return f"{link}?start={station.hex}" if link and station else link
