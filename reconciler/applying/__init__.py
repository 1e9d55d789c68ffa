"""Writes declared state: an apply, a rollback, a repair, and plans that are saved and approved."""
