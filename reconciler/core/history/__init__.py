"""Commit order, the commit that last changed each file, and the history of resource names."""
