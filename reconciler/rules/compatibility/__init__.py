"""Whether a change of a tool keeps its contract."""
