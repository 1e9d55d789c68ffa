"""Makes PostgreSQL match a registry of AI tools, kept as YAML in git."""
