"""The phone side: inbox loop, dialogue, delivery, and a local Bot API for demo and tests."""
