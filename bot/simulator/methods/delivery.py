"""How the bot gets its updates and files: getUpdates, webhooks, getFile."""

from bot.simulator.errors import CONFLICT, Json, Refusal, bad_request
from bot.simulator.files import MAX_DOWNLOAD
from bot.simulator.methods.registry import Raw, method
from bot.simulator.params import Params
from bot.simulator.updates import MAX_BATCH
from bot.simulator.webhook import DEFAULT_CONNECTIONS
from bot.simulator.world import World

LONGEST_POLL = 50


@method("getUpdates")
async def get_updates(world: World, params: Params) -> Raw:
    """The long poll."""
    if world.webhook.url:
        raise Refusal(
            CONFLICT,
            "Conflict: can't use getUpdates method while webhook is active; "
            "use deleteWebhook to delete the webhook first",
        )
    batch = await world.updates.get(
        params.integer("offset"),
        params.integer("limit", MAX_BATCH),
        min(params.integer("timeout"), LONGEST_POLL),
    )
    return Raw(f"[{','.join([update.body for update in batch])}]")


@method("setWebhook")
async def set_webhook(world: World, params: Params) -> bool:
    """From now on updates are posted; plain http is let through because everything here is local."""
    url = params.text("url")
    if url and not url.startswith(("https://", "http://")):
        raise bad_request("bad webhook: An HTTPS URL must be provided for webhook")
    if params.flag("drop_pending_updates"):
        world.updates.clear()
    connections = params.integer("max_connections", DEFAULT_CONNECTIONS)
    await world.webhook.set(url, params.text("secret_token"), connections)
    return True


@method("deleteWebhook")
async def delete_webhook(world: World, params: Params) -> bool:
    """Back to polling."""
    if params.flag("drop_pending_updates"):
        world.updates.clear()
    await world.webhook.close()
    return True


@method("getWebhookInfo")
def get_webhook_info(world: World, _params: Params) -> Json:
    """What waits and what went wrong last."""
    return world.webhook.info()


@method("getFile")
def get_file(world: World, params: Params) -> Json:
    """A download path; above 20 MB there is none."""
    stored = world.files.by_id(params.text("file_id"))
    if stored.size > MAX_DOWNLOAD:
        raise bad_request("file is too big")
    return {**stored.as_json(), "file_path": stored.path}
