"""git, asked through its command; objects are read and hashed."""
