"""QR codes: of a receipt, and of this site's address for posters."""

import io

import segno
from markupsafe import Markup
from PIL import Image, ImageDraw, ImageFont

from locales import t

MARGIN, LINE = 24, 44
ANY_MASK = 3
"""Scoring all eight masks takes longer than all else about a receipt; random symbols are even under any."""


def code_svg(language: str, code: str) -> Markup:
    """The receipt's QR as a drawing within the page."""
    return _drawn(segno.make(_told(language, code), error="m", mask=ANY_MASK))


def svg(text: str) -> Markup:
    """Any text as a QR drawing that takes the size its surroundings give it."""
    return _drawn(segno.make(text, error="m"))


def _drawn(made: segno.QRCode) -> Markup:
    drawing = made.svg_inline(border=2, omitsize=True, svgclass=None, lineclass=None, dark="#000", light="#fff")
    return Markup(drawing)  # noqa: S704  made of numbers


def code_picture(language: str, code: str) -> bytes:
    """QR and code in one PNG, large enough for an old phone's screen."""
    drawn = io.BytesIO()
    segno.make(_told(language, code), error="m").save(drawn, kind="png", scale=10, border=4)
    with Image.open(drawn) as qr:
        width = qr.width
        picture = Image.new("L", (width, qr.height + LINE + MARGIN), "white")
        picture.paste(qr.convert("L"), (0, 0))
    place = (width // 2, picture.height - MARGIN - LINE // 2)
    ImageDraw.Draw(picture).text(place, code, fill="black", anchor="mm", font=ImageFont.load_default(LINE - 16))
    saved = io.BytesIO()
    picture.save(saved, "PNG", optimize=True)
    return saved.getvalue()


def _told(language: str, code: str) -> str:
    return f"{t(language, 'receipt.qr')}{code}"
