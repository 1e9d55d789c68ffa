"""Reads the desired state from a commit or from the files of a work tree."""
