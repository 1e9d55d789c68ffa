"""Plans as values: changes, limits on deletions, refusals, and saved plans."""
