"""导入: a spreadsheet of villages, stations and officers; its preview, its progress, its result, and taking it back."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, Final
from uuid import UUID

from aiohttp import web

from admin.forms import chosen_id, path_id, text
from admin.language import Words, language_of, words_of
from admin.officer_slip import slip_of
from admin.pages import actor_of, page
from admin.problems import status_of
from admin.routing import action
from admin.spreadsheet import read_lines
from admin.template_book import template_book
from admin.uploading import UPLOAD
from models import importing
from models.actor import Actor
from models.errors import Conflict, DomainError, Invalid, NotFound
from models.import_plan import Judgement, LineKind
from models.import_undo import kept, slips, undo, waiting_by_township
from models.importing import ImportRow, ImportState
from models.policy import Action
from models.unit import tree

Verb = Callable[[Actor, UUID], Awaitable[object]]
XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@action(Action.IMPORT_STRUCTURE)
async def imports(request: web.Request) -> web.StreamResponse:
    """The form, and what was imported lately."""
    return await _form(request)


@action(Action.IMPORT_STRUCTURE)
async def template(request: web.Request) -> web.StreamResponse:
    """An empty workbook with its headings and an example."""
    book = await asyncio.to_thread(template_book, language_of(request))
    headers = {"Content-Disposition": 'attachment; filename="qingfeng.xlsx"'}
    return web.Response(body=book, content_type=XLSX, headers=headers)


@action(Action.IMPORT_STRUCTURE, spreadsheet=True)
async def upload(request: web.Request) -> web.StreamResponse:
    """Read the file and show what it would do. Nothing of the county changes."""
    given = request.get(UPLOAD)
    if given is None or not given.data:
        return await _form(request, problem=Invalid("import.file.none"))
    try:
        found = await read_lines(given.data)
        made = await importing.prepare(actor_of(request), file=given.name, lines=found.lines, notes=found.notes)
    except Invalid as problem:
        return await _form(request, problem=problem)
    raise web.HTTPSeeOther(_path(request, made.id))


@action(Action.IMPORT_STRUCTURE)
async def one(request: web.Request) -> web.StreamResponse:
    """Preview, progress or result, as it stands."""
    return await _show(request)


@action(Action.IMPORT_STRUCTURE)
async def running(request: web.Request) -> web.StreamResponse:
    """导入."""
    return await _carry_out(request, importing.start)


@action(Action.IMPORT_STRUCTURE)
async def undoing(request: web.Request) -> web.StreamResponse:
    """导入撤销."""
    if await text(request, "sure") != "yes":
        return await _show(request, problem=Invalid("import.not_sure"))
    return await _carry_out(request, undo)


@action(Action.APPOINT_OFFICER)
async def invitations(request: web.Request) -> web.StreamResponse:
    """Slips of a township's officers to print. Their codes are on this answer and never shown again."""
    made = await slips(actor_of(request), path_id(request, "import"), await chosen_id(request, "township"))
    if not made:
        return await _show(request, problem=Conflict("import.no_slips"))
    units = await tree()
    drawn = await asyncio.to_thread(lambda: [slip_of(request, units, officer, code) for officer, code in made])
    return await page(request, "officers/slip.html", slips=drawn)


async def _carry_out(request: web.Request, act: Verb) -> web.Response:
    import_id = path_id(request, "import")
    try:
        await act(actor_of(request), import_id)
    except (Invalid, Conflict) as problem:
        return await _show(request, problem=problem)
    raise web.HTTPSeeOther(_path(request, import_id))


async def _form(request: web.Request, *, problem: DomainError | None = None) -> web.Response:
    return await page(
        request,
        "imports/list.html",
        status=status_of(problem) if problem else 200,
        imports=await importing.latest(actor_of(request)),
        problem=problem,
    )


async def _show(request: web.Request, *, problem: DomainError | None = None) -> web.Response:
    actor, import_id = actor_of(request), path_id(request, "import")
    after, pick = _filters(request)
    found = await importing.find(actor, import_id)
    is_done = found.state is ImportState.DONE
    return await page(
        request,
        "imports/show.html",
        status=status_of(problem) if problem else 200,
        made=found,
        rows=await importing.rows(actor, import_id, after=after, pick=pick),
        kinds=list(LineKind),
        judgements=list(Judgement),
        pick=pick,
        waiting=await waiting_by_township(actor, import_id) if is_done else {},
        kept=await kept(actor, import_id) if found.state is ImportState.UNDONE else [],
        units=await tree(),
        told=partial(_told, words_of(request)),
        changes=partial(_changes, words_of(request)),
        problem=problem,
    )


def _told(t: Words, problem: dict[str, Any]) -> str:
    """What is wrong with a row. A column is named as it stands above it."""
    params = dict(problem["params"])
    if "column" in params:
        params["column"] = t(f"term.Column.{params['column']}")
    return t(problem["key"], **params)


def _changes(t: Words, row: ImportRow) -> list[str]:
    """What a row writes: of a place that stands already, only what is new."""
    told = [t("import.old_names", names=" · ".join(added))] if (added := _added(row)) else []
    before, after = row.former.get("reach", {}), row.told.get("reach", {})
    return told + [f"{t(f'structure.reach.{part}')} {after[part]}" for part in after if after[part] != before.get(part)]


def _added(row: ImportRow) -> list[str]:
    before = row.former.get("old_names", [])
    return [name for name in row.told.get("old_names", []) if name not in before]


def _filters(request: web.Request) -> tuple[int, Judgement | None]:
    query = request.query
    try:
        after = int(query.get("after") or -1)
        pick = Judgement(query["pick"]) if query.get("pick") else None
    except ValueError:
        raise NotFound from None
    if not -1 <= after < 2**31:
        raise NotFound
    return after, pick


def _path(request: web.Request, import_id: UUID) -> str:
    return str(request.app.router["import_page"].url_for(**{"import": import_id.hex}))
