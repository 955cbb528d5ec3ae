"""What the bot says about itself: name, commands, descriptions, menu button."""

import json

from bot.simulator.errors import Json, bad_request
from bot.simulator.methods.registry import method
from bot.simulator.params import Params
from bot.simulator.world import World

MAX_COMMANDS = 100
# Kept per language; the field's name in the request, and its greatest length.
TEXTS = {
    "Name": ("name", 64),
    "Description": ("description", 512),
    "ShortDescription": ("short_description", 120),
}


@method("getMe")
def get_me(world: World, _params: Params) -> Json:
    """The bot itself."""
    return world.me


@method("setMyCommands")
def set_my_commands(world: World, params: Params) -> bool:
    """Commands for a scope and language."""
    commands = params.tree("commands")
    if not isinstance(commands, list) or len(commands) > MAX_COMMANDS:
        raise bad_request("can't parse commands: expected an Array of BotCommand")
    world.profile[_place("commands", params)] = commands
    return True


@method("getMyCommands")
def get_my_commands(world: World, params: Params) -> object:
    """What was set for exactly this scope and language."""
    return world.profile.get(_place("commands", params), [])


@method("deleteMyCommands")
def delete_my_commands(world: World, params: Params) -> bool:
    """Forget them."""
    world.profile.pop(_place("commands", params), None)
    return True


@method("setChatMenuButton")
def set_chat_menu_button(world: World, params: Params) -> bool:
    """The button beside the composer."""
    world.profile[f"menu {params.text('chat_id')}"] = params.tree("menu_button") or {"type": "default"}
    return True


@method("getChatMenuButton")
def get_chat_menu_button(world: World, params: Params) -> object:
    """What was set."""
    return world.profile.get(f"menu {params.text('chat_id')}", {"type": "default"})


@method("close")
@method("logOut")
def close(_world: World, _params: Params) -> bool:
    """Nothing to close here."""
    return True


def _place(what: str, params: Params) -> str:
    scope = params.tree("scope") or {"type": "default"}
    return f"{what} {json.dumps(scope, sort_keys=True)} {params.text('language_code')}"


def _register(name: str, field: str, longest: int) -> None:
    def set_text(world: World, params: Params) -> bool:
        if len(params.text(field)) > longest:
            raise bad_request(f"bot {field} is too long")
        world.profile[f"{field} {params.text('language_code')}"] = params.text(field)
        return True

    def get_text(world: World, params: Params) -> Json:
        return {field: world.profile.get(f"{field} {params.text('language_code')}", "")}

    method(f"setMy{name}")(set_text)
    method(f"getMy{name}")(get_text)


for _name, (_field, _longest) in TEXTS.items():
    _register(_name, _field, _longest)
