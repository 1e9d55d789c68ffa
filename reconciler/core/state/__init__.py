"""The contents of a database, as values."""
