"""Tells a 429 against one chat from a 429 against the whole bot; Telegram does not say which it means."""

from collections import deque
from collections.abc import Hashable

_TOGETHER = 1.0
_SEVERAL = 3


class Refusals:
    """One chat refused is that chat's matter. Several different ones within a second can only be the bot's.

    Two could be chance (two busy chats); three are not. Guessing "chat" first costs a few more refusals;
    guessing "bot" first would let one busy chat silence everybody.
    """

    def __init__(self) -> None:
        self.stopped_until = 0.0
        self._recent: deque[tuple[float, Hashable, float]] = deque()

    def heard(self, chat: Hashable, now: float, until: float) -> None:
        """Notes a refusal and, if it is one too many, stops the bot for the longest of them."""
        self._recent.append((now, chat, until))
        while self._recent[0][0] < now - _TOGETHER:
            self._recent.popleft()
        if len({chat for _, chat, _ in self._recent}) >= _SEVERAL:
            self.stopped_until = max(self.stopped_until, *(until for _, _, until in self._recent))
