"""Everything the Bot API knows: chats, files, updates, faults. Methods and persons act on it."""

import secrets
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from bot.simulator.chats import Chat, Message
from bot.simulator.errors import FORBIDDEN, Json, Refusal, bad_request
from bot.simulator.faults import Faults
from bot.simulator.files import Files, StoredFile
from bot.simulator.keyboards import check_markup
from bot.simulator.limits import Limits
from bot.simulator.params import Params
from bot.simulator.updates import Updates
from bot.simulator.webhook import Webhook

KEPT_CALLS = 100_000
QUERY_SECONDS = 900


@dataclass(frozen=True, slots=True)
class Call:
    """One recorded call of the bot; outcome is `ok` or what it got instead."""

    at: float
    method: str
    chat_id: int | None
    params: Json = field(repr=False)
    outcome: str

    def as_json(self) -> Json:
        """For the control surface."""
        return {name: getattr(self, name) for name in ("at", "method", "chat_id", "params", "outcome")}


@dataclass(frozen=True, slots=True)
class Query:
    """A press that may still be answered."""

    chat: Chat
    at: float


class World:
    """The state of one bot's side of Telegram."""

    def __init__(
        self,
        token: str,
        *,
        clock: Callable[[], float],
        limits: Limits | None,
        record: bool,
        webhook_delays: tuple[float, float],
    ) -> None:
        """Message ids start at random, so that a demo on an old database never meets an old id."""
        self.token = token
        self.clock = clock
        self.limits = limits
        self.record = record
        self.updates = Updates(clock)
        self.webhook = Webhook(self.updates, first_delay=webhook_delays[0], longest_delay=webhook_delays[1])
        self.files = Files()
        self.faults = Faults()
        self.chats: dict[int, Chat] = {}
        self.queries: dict[str, Query] = {}
        self.profile: dict[str, object] = {}
        self.history: deque[Call] = deque(maxlen=KEPT_CALLS)
        self.me: Json = {
            "id": 7_000_000_001,
            "is_bot": True,
            "first_name": "清风站",
            "username": "qingfeng_sim_bot",
            "can_join_groups": False,
            "can_read_all_group_messages": False,
            "supports_inline_queries": False,
        }
        self._sender = {name: self.me[name] for name in ("id", "is_bot", "first_name", "username")}
        self._message_id = 1_000 + secrets.randbelow(1_000_000_000)

    def chat(self, params: Params) -> Chat:
        """The chat a call speaks of, or Telegram's refusal."""
        if not params.text("chat_id"):
            raise bad_request("chat_id is empty")
        try:
            chat = self.chats[int(params.text("chat_id"))]
        except (KeyError, ValueError) as error:
            raise bad_request("chat not found") from error
        if chat.blocked:
            raise Refusal(FORBIDDEN, "Forbidden: bot was blocked by the user")
        return chat

    def addressee(self, params: Params) -> Chat:
        """The chat a message is for; it costs a token when limits are on."""
        chat = self.chat(params)
        if self.limits is not None:
            self.limits.take(chat.id)
        return chat

    def next_message_id(self) -> int:
        """One sequence for all chats, as private chats of one bot share it."""
        self._message_id += 1
        return self._message_id

    def post(self, chat: Chat, content: Json, params: Params, file: StoredFile | None = None) -> Message:
        """Put a message of the bot into the chat."""
        markup = params.tree("reply_markup")
        check_markup(markup)
        api: Json = {
            "message_id": self.next_message_id(),
            "from": self._sender,
            "chat": chat.api,
            "date": int(self.clock()),
            **content,
        }
        if markup and "inline_keyboard" in markup:
            api["reply_markup"] = markup
        if reply := params.tree("reply_parameters"):
            api |= _quoted(chat, reply)
        if params.flag("protect_content"):
            api["has_protected_content"] = True
        message = Message(api, from_bot=True, file=file, markup=markup)
        chat.typing_until = 0.0
        chat.show(message)
        return message

    def receive(self, chat: Chat, content: Json, file: StoredFile | None = None) -> int:
        """Put a message of the person into the chat and queue its update."""
        api: Json = {
            "message_id": self.next_message_id(),
            "from": chat.user,
            "chat": chat.api,
            "date": int(self.clock()),
            **content,
        }
        chat.show(Message(api, from_bot=False, file=file))
        return self.updates.add({"message": api}, chat.id)

    def query(self, query_id: str) -> Chat:
        """The chat of a press that is not too old to answer."""
        query = self.queries.get(query_id)
        if query is None or self.clock() - query.at > QUERY_SECONDS:
            raise bad_request("query is too old and response timeout expired or query ID is invalid")
        return query.chat


def _quoted(chat: Chat, reply: Json) -> Json:
    quoted = chat.messages.get(int(reply.get("message_id", 0)))
    if quoted is None:
        if reply.get("allow_sending_without_reply"):
            return {}
        raise bad_request("message to be replied not found")
    return {"reply_to_message": {k: v for k, v in quoted.api.items() if k != "reply_to_message"}}
