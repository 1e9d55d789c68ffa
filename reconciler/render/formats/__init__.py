"""Formats of CI systems, a module each. Each has a function `render(review)` that returns the document."""
