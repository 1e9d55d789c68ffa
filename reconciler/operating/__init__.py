"""Keeping a database well: status, maintenance, doctor."""
