"""Makes plans: compares the desired state with the observed state."""
