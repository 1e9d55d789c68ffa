"""The observed state: what the database says."""
