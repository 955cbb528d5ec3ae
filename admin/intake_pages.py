"""The pages of 登记来访来电来信, and what stands on each beside the words of the catalogs."""

from uuid import UUID

from aiohttp import web

from admin.intake_form import MOST_LINE, UNKNOWN, Problems, channel_of
from admin.language import language_of
from admin.pages import actor_of, page
from admin.problems import status_of
from admin.public.answers import route_of
from admin.public.qr import code_svg
from admin.public.visit import Visit
from models.clock import day_of
from models.draft import MAX_FILES
from models.errors import NotOpen
from models.house import house
from models.intake import stamp
from models.routing import Route
from models.terms import TAKEN_IN, Answer, Concerns, Topic, UnitKind
from models.text import MAX_TIP
from models.tip import Filed
from models.unit import Node, Tree, tree


async def form_page(visit: Visit, typed: dict[str, str], problems: Problems, *, notice: str = "") -> web.Response:
    """The form, with everything typed still on it."""
    units, first = await tree(), next(iter(problems.values()), None)
    return await page(
        visit.request,
        "intake/form.html",
        status=status_of(first) if first else 200,
        form=visit.secret.hex(),
        typed=typed,
        problems=problems,
        untaken=visit.posted.untaken,
        found=[(node.id.hex, named(units, node)) for node in units.search(typed["search"])],
        unknown=UNKNOWN,
        files=visit.shown_files(visit.telling),
        channels=TAKEN_IN,
        topics=[Topic.UNSORTED, *(topic for topic in Topic if topic is not Topic.UNSORTED)],
        concerns=list(Concerns),
        answers=list(Answer),
        most_files=MAX_FILES,
        most_characters=MAX_TIP,
        most_line=MOST_LINE,
        kept_until=day_of(visit.draft.expires_at),
        notice=notice,
    )


async def review_page(visit: Visit) -> web.Response:
    """Who will see it and who will not, before it is handed in."""
    units, way = await tree(), await route_of(visit.telling)
    if way is None:
        raise NotOpen("tip.nobody_may_take_it")
    telling = visit.telling
    return await page(
        visit.request,
        "intake/review.html",
        form=visit.secret.hex(),
        until=stamp(visit.secret),
        told=telling,
        channel=channel_of(visit),
        place=named(units, units[UUID(hex=telling.place)]),
        words="\n".join(part.text for part in telling.parts if part.text),
        files=visit.shown_files(telling),
        way=way,
        own=units[actor_of(visit.request).unit_id],
        kept_from=_kept_from(way, actor_of(visit.request).unit_id),
        kept_until=day_of(visit.draft.expires_at),
    )


async def slip_page(visit: Visit, filed: Filed) -> web.Response:
    """The code to print and hand over, and the way on. The matter is named only to the office that handles it."""
    units, unit_id = await tree(), actor_of(visit.request).unit_id
    return await page(
        visit.request,
        "intake/slip.html",
        code=str(filed.code),
        qr=code_svg(language_of(visit.request), str(filed.code)),
        handler=filed.handler,
        tip_id=filed.tip_id.hex if filed.handler.id == unit_id else "",
        site=house().form_url,
        county=units.county(),
    )


async def already_page(request: web.Request) -> web.Response:
    """It was handed in, and its slip has been shown."""
    return await page(request, "intake/already.html")


async def nobody_page(request: web.Request) -> web.Response:
    """Nobody here may take it: the superior organ's addresses."""
    return await page(request, "intake/nobody.html", superior=(await tree()).superior())


def named(units: Tree, node: Node) -> str:
    """A village with its township, for there are villages of one name."""
    township = units.nearest(node.id, UnitKind.TOWNSHIP)
    return f"{township.name} {node.name}" if township and township.id != node.id else node.name


def _kept_from(way: Route, own_id: UUID) -> list[Node]:
    """Besides one's own office, which the page names apart."""
    return [node for node in way.kept_from if node.id != own_id]
