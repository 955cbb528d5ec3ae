"""edit…, delete… and the answers to presses."""

from bot.simulator.chats import Chat, Message
from bot.simulator.errors import Json, bad_request
from bot.simulator.keyboards import check_markup
from bot.simulator.methods.registry import method
from bot.simulator.params import Params
from bot.simulator.wording import caption_fields, text_fields
from bot.simulator.world import World

DELETE_SECONDS = 48 * 3600
MAX_ANSWER = 200
MAX_DELETED = 100
WORDS = ("text", "entities", "caption", "caption_entities")


@method("editMessageText")
def edit_text(world: World, params: Params) -> Json:
    """New words for a text."""
    chat, message = _editable(world, params)
    if "text" not in message.api:
        raise bad_request("there is no text in the message to edit")
    return _edited(world, chat, message, params, text_fields(params))


@method("editMessageCaption")
def edit_caption(world: World, params: Params) -> Json:
    """New words for a photo or file."""
    chat, message = _editable(world, params)
    if message.file is None:
        raise bad_request("there is no caption in the message to edit")
    words = caption_fields(params.text("caption"), params.text("parse_mode"), params.tree("caption_entities"))
    return _edited(world, chat, message, params, words)


@method("editMessageReplyMarkup")
def edit_markup(world: World, params: Params) -> Json:
    """Other buttons, or none."""
    chat, message = _editable(world, params)
    return _edited(world, chat, message, params, {k: message.api[k] for k in WORDS if k in message.api})


def _editable(world: World, params: Params) -> tuple[Chat, Message]:
    chat = world.addressee(params)
    message = chat.messages.get(params.integer("message_id"))
    if message is None:
        raise bad_request("message to edit not found")
    if not message.from_bot:
        raise bad_request("message can't be edited")
    return chat, message


def _edited(world: World, chat: Chat, message: Message, params: Params, words: Json) -> Json:
    """An edit without reply_markup takes the buttons away, as Telegram does."""
    markup = params.tree("reply_markup")
    check_markup(markup)
    kept = {k: v for k, v in message.api.items() if k not in {*WORDS, "reply_markup", "edit_date"}}
    fresh = {**kept, **words}
    if markup and markup.get("inline_keyboard"):
        fresh["reply_markup"] = markup
    if fresh == {k: v for k, v in message.api.items() if k != "edit_date"}:
        raise bad_request(
            "message is not modified: specified new message content and reply markup are exactly the same "
            "as a current content and reply markup of the message"
        )
    message.api = {**fresh, "edit_date": int(world.clock())}
    chat.touch(message)
    return message.api


@method("deleteMessage")
def delete_message(world: World, params: Params) -> bool:
    """Take one message off both screens."""
    chat = world.chat(params)
    message = chat.messages.get(params.integer("message_id"))
    if message is None:
        raise bad_request("message to delete not found")
    _delete(world, chat, [message])
    return True


@method("deleteMessages")
def delete_messages(world: World, params: Params) -> bool:
    """Take up to a hundred off; those not found are skipped."""
    chat = world.chat(params)
    ids = params.tree("message_ids")
    if not isinstance(ids, list) or not 1 <= len(ids) <= MAX_DELETED:
        raise bad_request("message identifiers are not specified, or too many")
    _delete(world, chat, [chat.messages[int(i)] for i in ids if int(i) in chat.messages])
    return True


def _delete(world: World, chat: Chat, messages: list[Message]) -> None:
    if any(world.clock() - message.at >= DELETE_SECONDS for message in messages):
        raise bad_request("message can't be deleted for everyone")
    for message in messages:
        del chat.messages[message.id]
    chat.touch()


@method("answerCallbackQuery")
def answer_callback_query(world: World, params: Params) -> bool:
    """The toast or alert after a press."""
    chat = world.query(params.text("callback_query_id"))
    text = params.text("text")
    if len(text) > MAX_ANSWER:
        raise bad_request("MESSAGE_TOO_LONG")
    chat.answer(text, alert=params.flag("show_alert"), url=params.text("url"))
    return True
