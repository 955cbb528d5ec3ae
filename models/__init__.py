"""The domain: entities and their verbs. Knows neither Telegram nor HTTP."""

MODEL_MODULES = (
    "models.unit",
    "models.county",
    "models.staff",
    "models.ring",
    "models.session",
    "models.contact",
    "models.draft",
    "models.attachment",
    "models.tip",
    "models.access",
    "models.message",
    "models.receipt",
    "models.deadline",
    "models.event",
    "models.inbox",
    "models.outbox",
    "models.audit",
    "models.erasure",
    "models.proposal",
    "models.reveal",
    "models.rescue",
    "models.reset",
    "models.deputy",
)
"""Every module that defines tables, in the order in which a newcomer should read them."""
