"""Manifests: their contract, validation and references, and the policy of a registry."""
