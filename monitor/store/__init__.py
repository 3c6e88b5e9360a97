"""The store: facts appended, found again, packed; one file of functions a thing kept."""
