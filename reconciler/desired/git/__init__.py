"""Reads repositories through the git command; objects are verified by their hash."""
