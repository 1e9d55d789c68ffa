"""Reasons not to apply a plan: deletions, history, signatures, freezes."""
