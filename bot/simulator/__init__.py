"""A local Telegram: the Bot API over HTTP, people to talk to the bot, and a page that looks like a phone."""

from bot.simulator.chats import Answer, Message
from bot.simulator.errors import NoSuchButtonError, NotHeardError
from bot.simulator.faults import Fault
from bot.simulator.keyboards import Button
from bot.simulator.person import Person
from bot.simulator.simulator import TOKEN, Simulator
from bot.simulator.world import Call

__all__ = [
    "TOKEN",
    "Answer",
    "Button",
    "Call",
    "Fault",
    "Message",
    "NoSuchButtonError",
    "NotHeardError",
    "Person",
    "Simulator",
]
