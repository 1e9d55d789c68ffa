"""YAML 1.2 (core schema), restricted to the values of JSON."""
