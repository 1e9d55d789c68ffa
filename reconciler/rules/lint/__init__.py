"""Finds content of manifests that is unwise or dangerous, and that no contract forbids."""
