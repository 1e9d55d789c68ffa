"""Operates a database: status, maintenance, doctor."""
