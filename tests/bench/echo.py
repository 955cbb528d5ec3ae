"""What we are measured against: python-telegram-bot as its first page shows it, with its own polling and httpx."""

from typing import Any

from telegram import Update
from telegram.ext import Application, ApplicationBuilder, CallbackContext, TypeHandler

from tests.bench.child import answering

Context = CallbackContext[Any, Any, Any, Any]


async def echo(update: Update, context: Context) -> None:
    """The same words back; to a press, what it carries."""
    message, query = update.message, update.callback_query
    text = query.data if query else message.text if message else ""
    if update.effective_chat:
        await context.bot.send_message(update.effective_chat.id, text or "")


async def main(pipe: Any, token: str, root: str) -> None:
    """Echo until told to stop."""
    application: Application[Any, Any, Any, Any, Any, Any] = (
        ApplicationBuilder().token(token).base_url(f"{root}/bot").build()
    )
    application.add_handler(TypeHandler(Update, echo))
    async with application:
        await application.start()
        if application.updater is None:
            raise RuntimeError("no updater")
        await application.updater.start_polling()
        await answering(pipe, ready=_ready)
        await application.updater.stop()
        await application.stop()


async def _ready() -> None:
    """Polling has begun."""
