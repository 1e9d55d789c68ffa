"""YAML 1.2, core schema, less what JSON cannot say."""
