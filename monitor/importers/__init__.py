"""Foreign histories read strictly: all of a file or nothing of it."""
