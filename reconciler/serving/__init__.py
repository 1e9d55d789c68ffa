"""Keeps databases equal to a branch: the loop, its lease, its settings, and the look from outside."""
