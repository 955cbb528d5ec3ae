"""Station posters and wallet cards to print. Public information only: anybody may print them.

The page of this site comes first and large, for a villager scans with what her phone has; Telegram comes second.
"""

from dataclasses import dataclass
from uuid import UUID

from markupsafe import Markup

from admin.public.qr import svg
from models.terms import UnitKind
from models.unit import Node, Tree

CARDS = 10
"""Wallet cards on one sheet of A4."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """What stands on a station's poster and cards."""

    station: Node
    county: Node
    near: Node | None  # the township's office, if it can be visited
    address: str
    qr: Markup
    bot_qr: Markup | None

    @property
    def landline(self) -> str:
        """Where to check that this is genuine."""
        return self.county.reach.get("landline", "12388")


def sheet(units: Tree, station_id: UUID, *, public_url: str, bot_link: str = "") -> Sheet | None:
    """The sheet of a station or village; None where there is none, or no county to name."""
    station, county = units.get(station_id), units.county()
    if station is None or county is None or station.kind not in {UnitKind.STATION, UnitKind.VILLAGE}:
        return None
    township = units.nearest(station.id, UnitKind.TOWNSHIP)
    address = f"{public_url}/?s={station.id.hex}"
    return Sheet(
        station=station,
        county=county,
        near=township if township and township.reach else None,
        address=address,
        qr=svg(address),
        bot_qr=svg(f"{bot_link}?start={station.id.hex}") if bot_link else None,
    )
