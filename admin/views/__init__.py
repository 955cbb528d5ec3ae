"""One file per noun. A view parses, loads the object through the actor, makes one domain call, answers."""
