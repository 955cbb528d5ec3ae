"""PTB's application, made to fail loudly: an exception in a step must reach the group that rolls it back."""

from typing import Any, Generic, NoReturn, TypeVar

from telegram import Bot, Update
from telegram.ext import Application, ApplicationBuilder, BaseHandler, CallbackContext, ContextTypes
from telegram.ext import ConversationHandler as _ConversationHandler

TurnT = TypeVar("TurnT")


class StepContext(CallbackContext[Bot, None, None, None], Generic[TurnT]):
    """What a handler is called with: `context.turn` is the object of this step, and there is no other memory.

    It is built without chat and user numbers, so PTB makes no user_data or chat_data entry for anybody.
    """

    def __init__(self, application: "StepApplication", turn: TurnT) -> None:
        super().__init__(application)
        self.turn = turn
        self.taken = False

    @classmethod
    def from_update(cls, update: Any, application: Any) -> Any:  # noqa: ARG003  PTB's signature
        """PTB asks when the first handler takes the update: hand out the one made beforehand."""
        update._context.taken = True  # noqa: SLF001  our own class, PTB lets only protected names be set
        return update._context  # noqa: SLF001


class _Incoming(Update):
    """An update that carries its context: steps may interleave, so no attribute of the application can."""

    __slots__ = ("_context",)
    _context: StepContext[Any]


class StepApplication(Application[Bot, StepContext[Any], None, None, None, None]):
    """Runs handlers one after the other and lets their exceptions out."""

    async def process_update(self, update: object) -> None:
        """PTB would log an update without a context, whole, and go on; nothing but feed() may come here."""
        if not isinstance(update, _Incoming):
            raise TypeError("Updates come in through feed() only")
        await super().process_update(update)

    async def process_error(
        self,
        update: object,  # noqa: ARG002  the next four are PTB's signature
        error: Exception,
        job: Any = None,  # noqa: ARG002
        coroutine: Any = None,  # noqa: ARG002
    ) -> NoReturn:
        """PTB would swallow it, and half a step would be committed."""
        raise error

    def add_handler(self, handler: BaseHandler[Any, Any, Any], group: int = 0) -> None:
        """Refuses what would keep state in memory or go on after the step's transaction has ended."""
        if not handler.block:
            raise ValueError("A handler that does not block would write outside its step's transaction")
        if isinstance(handler, _ConversationHandler):
            raise TypeError("ConversationHandler keeps its state in memory; ours lives in drafts")
        super().add_handler(handler, group)


def build_application(bot: Bot) -> StepApplication:
    """No updater, no job queue, no persistence: fetching, waking and remembering are done elsewhere."""
    nothing = type(None)
    builder = ApplicationBuilder().application_class(StepApplication).bot(bot).updater(None).job_queue(None)
    kinds = ContextTypes(context=StepContext, bot_data=nothing, chat_data=nothing, user_data=nothing)
    application = builder.context_types(kinds).build()
    if not isinstance(application, StepApplication):
        raise TypeError("PTB built another application than asked for")
    return application


async def feed(application: StepApplication, raw: dict[str, Any], turn: Any) -> bool:
    """Runs the handlers on one update; returns whether one took it.

    Whatever fails, a malformed update or a step, is raised; it may quote people, so never log it whole.
    """
    update = _Incoming.de_json(raw, application.bot)
    context: StepContext[Any] = StepContext(application, turn)
    update._context = context  # noqa: SLF001
    await application.process_update(update)
    return context.taken
