"""The charts of a broadcast and of a quiz, from their figures."""

from markupsafe import Markup

from admin.charts import Bar, bars
from admin.figures import percent_told, told
from admin.language import Words
from models.progress import Coverage, Round
from models.question import spoken
from models.quiz_totals import Spread, Totals


def coverage_chart(found: Coverage, t: Words) -> Markup:
    """Who said so, by unit. It fills while people acknowledge."""
    rows = [
        Bar(row.name, _of(told(row.known, t), told(row.total, t), t), _share(row.percent, row.known.n, row.total.n))
        for row in found.units
    ]
    known = told(found.known, t)
    return bars("coverage-chart", t("report.coverage"), t("report.coverage_is", known=known, many=len(rows)), rows)


def rounds_chart(rounds: list[Round], t: Words) -> list[Markup]:
    """What became of each round's messages; nothing of one whose numbers are not told."""
    return [Markup() if one.veiled else _round_chart(one, t) for one in rounds]


def spread_chart(no: int, spread: Spread, people: int, language: str, t: Words) -> Markup:
    """How often each option was chosen; the right ones carry a tick."""
    rows = [
        Bar(
            spoken(words, language),
            told(figure, t),
            figure.n / people if figure.is_shown else None,
            marked=bool(spread.question.right >> place & 1),
        )
        for place, (words, figure) in enumerate(zip(spread.question.options, spread.chosen.cells, strict=True))
    ]
    text = spoken(spread.question.text, language)
    return bars(f"question-{no}", f"{no}. {text}", t("report.spread_is", many=people), rows)


def taken_chart(found: Totals, t: Words) -> Markup:
    """How much was right, by unit."""
    rows = [
        Bar(
            row.name,
            t("report.taken_in", people=told(row.people, t), share=percent_told(row.percent, t)),
            _share(row.percent, row.percent or 0, 100),
        )
        for row in found.units
    ]
    return bars("taken-chart", t("report.taken"), t("report.taken_is", people=told(found.people, t)), rows)


def _round_chart(one: Round, t: Words) -> Markup:
    counted = {
        "sent": one.sent,
        "queued": one.waiting,
        "blocked": one.blocked,
        "failed": one.failed,
        "unknown": one.unknown,
    }
    rows = [
        Bar(t(f"term.LedgerState.{state}"), str(n), n / one.total if one.total else 0) for state, n in counted.items()
    ]
    title = t("panel.outreach.round_again" if one.number > 1 else "panel.outreach.round_first")
    return bars(f"round-{one.number}", title, t("panel.outreach.of_total", total=one.total), rows)


def _of(known: str, total: str, t: Words) -> str:
    return t("report.known_of", known=known, total=total)


def _share(percent: int | None, n: int, of: int) -> float | None:
    return None if percent is None or not of else n / of
