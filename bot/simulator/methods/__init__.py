"""The Bot API's methods, by theme. Importing the package fills the table."""

from bot.simulator.methods import delivery, editing, profile, sending
from bot.simulator.methods.registry import METHODS, Method, Raw

__all__ = ["METHODS", "Method", "Raw", "delivery", "editing", "profile", "sending"]
