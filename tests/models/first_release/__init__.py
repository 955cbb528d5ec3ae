"""The migrations of the first release: what a stored earlier database has behind it."""
