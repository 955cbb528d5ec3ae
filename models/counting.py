"""How many people an audience reaches now: chats, each once, whatever they are reached for.

A chat that serves one use alone is counted where it is used, from an index; only those behind several uses have to be
told apart, and they are few.
"""

from typing import Final

from models.audience import Audience
from models.db import connection
from models.freezing import officers, parameterized, subscribers
from models.official import Chat
from models.subscription import Subscription
from models.terms import Readers

_EACH_ONCE: Final = "SELECT COUNT(*) AS n FROM ({posts} UNION {officers} UNION {subscribers}) AS people"


async def people(audience: Audience) -> int:
    """Chats it reaches."""
    posts = await audience.listed()
    alone = await posts.filter(chat=Chat.OWN).count() if Readers.OFFICIALS in audience.readers else 0
    if Readers.SUBSCRIBERS in audience.readers:
        alone += await Subscription.filter(unit_id__in=await audience.within(), chat=Chat.OWN).count()
    shared, values = parameterized(posts.filter(chat=Chat.SHARED), "reached_id")
    query = _EACH_ONCE.format(
        posts=shared,
        officers=await officers(audience, "reached_id"),
        subscribers=await subscribers(audience, "reached_id", f"chat = {int(Chat.SHARED)}"),
    )
    [told] = await connection().execute_query_dict(query, values)
    return alone + int(told["n"])


async def waiting(audience: Audience) -> int:
    """Posts nobody has enrolled for yet."""
    return await (await audience.listed()).filter(chat=Chat.NONE).count()
