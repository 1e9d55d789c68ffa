"""What a database holds, as values."""
