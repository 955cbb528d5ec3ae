"""The figures of a broadcast and of a quiz as a workbook, and on paper."""

import asyncio
from datetime import datetime
from typing import Final

from aiohttp import web

from admin.figures import percent_told, told
from admin.forms import path_id
from admin.language import Words, language_of, words_of
from admin.pages import actor_of, page
from admin.report_book import campaign_book, quiz_book
from admin.report_charts import coverage_chart, rounds_chart
from admin.routing import action
from models.campaign import Campaign
from models.clock import day_of
from models.policy import Action
from models.quiz import Quiz
from models.report import Paper, quiz_report, report

XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@action(Action.EXPORT_REPORT)
async def campaign_workbook(request: web.Request) -> web.StreamResponse:
    """A broadcast as .xlsx."""
    found, t = await _campaign(request), words_of(request)
    figures = await report(actor_of(request), found, Paper.BOOK)
    book = await asyncio.to_thread(campaign_book, figures, _title(found, t), language_of(request), t)
    return _download(book, "broadcast", figures.head.at)


@action(Action.EXPORT_REPORT)
async def campaign_paper(request: web.Request) -> web.StreamResponse:
    """A broadcast on a page to print."""
    found, t = await _campaign(request), words_of(request)
    figures = await report(actor_of(request), found, Paper.PRINT)
    return await page(
        request,
        "outreach/report.html",
        one=found,
        title=_title(found, t),
        figures=figures,
        rounds=list(zip(figures.rounds, rounds_chart(figures.rounds, t), strict=True)),
        coverage=coverage_chart(figures.coverage, t) if figures.coverage.units else "",
        told=lambda figure: told(figure, t),
        percent=lambda share: percent_told(share, t),
    )


@action(Action.EXPORT_REPORT)
async def quiz_workbook(request: web.Request) -> web.StreamResponse:
    """A quiz's totals as .xlsx."""
    quiz, t = await Quiz.of(actor_of(request), path_id(request, "quiz")), words_of(request)
    figures = await quiz_report(actor_of(request), quiz, Paper.BOOK)
    book = await asyncio.to_thread(quiz_book, figures, language_of(request), t)
    return _download(book, "quiz", figures.head.at)


async def _campaign(request: web.Request) -> Campaign:
    return await Campaign.of(actor_of(request), path_id(request, "campaign"))


def _title(found: Campaign, t: Words) -> str:
    name = f"term.Festival.{found.festival.value}" if found.festival else f"term.CampaignKind.{found.kind.value}"
    return t("report.title", name=t(name))


def _download(book: bytes, kind: str, at: datetime) -> web.Response:
    """Under a name without words of anybody's."""
    name = f"qingfeng-{kind}-{day_of(at):%Y-%m-%d}.xlsx"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return web.Response(body=book, content_type=XLSX, headers=headers)
