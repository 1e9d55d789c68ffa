"""The observed state, read from the database."""
