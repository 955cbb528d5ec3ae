"""What the bot says and hears: one module a question, one ordered handler table. Effects are the domain's."""
