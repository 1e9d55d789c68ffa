"""Renders values as text, one module per subject and format. No module prints."""
