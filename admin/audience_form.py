"""An audience as a form: read from what was sent, and back into fields."""

import re
from typing import Any, Final
from unicodedata import normalize
from uuid import UUID

from multidict import MultiMapping

from models.audience import Audience
from models.errors import Invalid
from models.terms import Category, Readers

_BETWEEN: Final = re.compile(f"[,;/\n{chr(0x3001)}]")
"""What people type between words; their full-width sisters are folded into these."""


def audience_in(form: MultiMapping[Any]) -> Audience:
    """The rule in a form or a query. Invalid when something chosen in it is no choice of ours."""
    try:
        return Audience(
            unit=UUID(hex=str(form.get("unit", ""))),
            readers=_readers_in(form),
            categories=tuple(Category(one) for one in form.getall("category", [])),
            posts=words_in(str(form.get("posts", ""))),
            tags=words_in(str(form.get("tags", ""))),
            without_units=tuple(UUID(hex=str(one)) for one in form.getall("without_unit", [])),
            without_posts=words_in(str(form.get("without_posts", ""))),
            without_tags=words_in(str(form.get("without_tags", ""))),
        )
    except ValueError:
        raise Invalid("error.choice") from None


def _readers_in(form: MultiMapping[Any]) -> tuple[Readers, ...]:
    """A form that does not ask means people in office."""
    if "readers" not in form:
        return (Readers.OFFICIALS,)
    return tuple(Readers(one) for one in form.getall("reader", []))


def words_in(line: str) -> tuple[str, ...]:
    """The words of a line, however they are separated."""
    return tuple(word for part in _BETWEEN.split(normalize("NFKC", line)) if (word := part.strip()))


def fields_of(audience: Audience) -> dict[str, Any]:
    """As the form shows it."""
    lines = {name: ", ".join(getattr(audience, name)) for name in ("posts", "tags", "without_posts", "without_tags")}
    return {
        "unit": audience.unit.hex,
        "readers": [one.value for one in audience.readers],
        "categories": [one.value for one in audience.categories],
        "without_units": [unit.hex for unit in audience.without_units],
        **lines,
    }
