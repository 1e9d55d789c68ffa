"""The rules for a registry as a whole."""
