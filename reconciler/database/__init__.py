"""Connections to PostgreSQL, its storage schema and rights, and the embedded server."""
