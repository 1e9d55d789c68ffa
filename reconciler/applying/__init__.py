"""Writes declared state: an apply, a rollback, a repair, and saved or approved plans."""
