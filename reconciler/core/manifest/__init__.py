"""Manifests: the contract that they follow, what is wrong with one, and what it declares."""
