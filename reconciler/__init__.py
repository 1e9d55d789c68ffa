"""Makes PostgreSQL match a registry of AI tools that is kept as YAML in git."""
