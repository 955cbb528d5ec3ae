"""Charts as SVG, drawn here: bars with their words. A table with the same figures stands beside each on its page.

Colour is never the only sign: what is filled, empty or hidden differs by its pattern as well, and each bar says its
figure. Nothing is styled inline, so the page's policy against inline style holds; classes are in report.css.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from xml.etree import ElementTree as ET

from markupsafe import Markup

WIDTH: Final = 360
ROW: Final = 52
BAR: Final = 18
BELOW_WORDS: Final = 22
LABEL_MOST: Final = 16
"""Characters of a label before it is cut: the table beside has all of it."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One row: its name, its figure in words, and how much of it is filled. None: that is not shown."""

    label: str
    told: str
    share: float | None
    marked: bool = False


def bars(name: str, title: str, description: str, rows: Sequence[Bar]) -> Markup:
    """A chart with bars beneath one another. `name` is its own on the page."""
    height = ROW * len(rows) + 4
    svg = ET.Element(
        "svg",
        {
            "xmlns": "http://www.w3.org/2000/svg",
            "class": "chart",
            "viewBox": f"0 0 {WIDTH} {height}",
            "role": "img",
            "aria-labelledby": f"{name}-title {name}-desc",
        },
    )
    _text(svg, "title", title, id=f"{name}-title")
    _text(svg, "desc", description, id=f"{name}-desc")
    _hatching(svg, name)
    for place, row in enumerate(rows):
        _bar(svg, name, row, place * ROW)
    return Markup(ET.tostring(svg, encoding="unicode"))  # noqa: S704  every word went through the tree


def _bar(svg: ET.Element, name: str, row: Bar, top: int) -> None:
    label = row.label if len(row.label) <= LABEL_MOST else row.label[: LABEL_MOST - 1] + "…"
    _text(svg, "text", f"✓ {label}" if row.marked else label, x="0", y=str(top + 15))
    _text(svg, "text", row.told, x=str(WIDTH), y=str(top + 15), **{"text-anchor": "end"})
    place = {"x": "1", "y": str(top + BELOW_WORDS), "height": str(BAR), "rx": "3"}
    whole = str(WIDTH - 2)
    if row.share is None:
        ET.SubElement(svg, "rect", {**place, "width": whole, "class": "hidden-bar", "fill": f"url(#{name}-hatch)"})
        return
    ET.SubElement(svg, "rect", {**place, "width": whole, "class": "empty-bar"})
    filled = round(min(max(row.share, 0.0), 1.0) * (WIDTH - 2), 1)
    if filled:
        kind = "marked-bar" if row.marked else "filled-bar"
        ET.SubElement(svg, "rect", {**place, "width": str(filled), "class": kind})


def _hatching(svg: ET.Element, name: str) -> None:
    pattern = ET.SubElement(
        ET.SubElement(svg, "defs"),
        "pattern",
        {"id": f"{name}-hatch", "width": "8", "height": "8", "patternUnits": "userSpaceOnUse"},
    )
    ET.SubElement(pattern, "path", {"d": "M0 8L8 0", "class": "hatch"})


def _text(parent: ET.Element, tag: str, words: str, **attributes: str) -> None:
    ET.SubElement(parent, tag, attributes).text = words
