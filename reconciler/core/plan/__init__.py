"""Plans as values: changes, limits on deletions, refusals, and what a saved plan holds."""
