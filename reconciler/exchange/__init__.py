"""Import and export of resources."""
