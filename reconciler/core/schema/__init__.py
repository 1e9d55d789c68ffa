"""Compiles and checks the JSON Schemas of tools within bounds."""
