"""Writes manifests in canonical form, with their comments."""
