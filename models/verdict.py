"""What a reporter may say of the answer that ended his matter, and what it sets going (KG 27). Pure.

Told that he does not accept it, the desk owes him one more answer within a time; once it has given that answer,
or he has accepted the first, the matter rests. New facts may be told at any time.
"""

from collections.abc import Mapping
from typing import Final

from models.event import Happening
from models.terms import TipStatus, Verdict

ENDED: Final = frozenset({TipStatus.CONCLUDED, TipStatus.OUT_OF_SCOPE})

HAPPENINGS: Final[Mapping[Verdict, Happening]] = {
    Verdict.AGREED: Happening.AGREED,
    Verdict.OBJECTED: Happening.OBJECTED,
    Verdict.NEWS: Happening.NEWS,
}
WORDLESS: Final = frozenset({Verdict.AGREED})
"""What says enough without a word beside it."""


def offered(status: TipStatus, *, settled: bool) -> tuple[Verdict, ...]:
    """What can be said now. `settled`: the matter rests, or an objection already waits for its answer."""
    if status not in ENDED:
        return ()
    return (Verdict.NEWS,) if settled else (Verdict.AGREED, Verdict.OBJECTED, Verdict.NEWS)
