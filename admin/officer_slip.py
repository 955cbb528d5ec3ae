"""The slip an officer gets on paper: his code once, and as a picture that opens the bot."""

from dataclasses import dataclass

from aiohttp import web
from markupsafe import Markup

from admin.config import CONFIG
from admin.public.qr import svg
from models.officer import Officer
from models.terms import UnitKind
from models.unit import Tree


@dataclass(frozen=True, slots=True)
class Slip:
    """What stands on it."""

    name: str
    place: str
    code: str
    qr: Markup


def slip_of(request: web.Request, units: Tree, officer: Officer, code: str) -> Slip:
    """Where the bot's address is not configured the picture holds the bare code, to be sent as it is."""
    link = request.app[CONFIG].bot_link
    told = f"{link}?start=o{code}" if link else code
    return Slip(officer.name, full_name(units, officer), code, svg(told))


def full_name(units: Tree, officer: Officer) -> str:
    """Township and station: names of villages repeat within a county."""
    station, township = units[officer.station_id], units.nearest(officer.station_id, UnitKind.TOWNSHIP)
    return f"{township.name} {station.name}" if township else station.name
