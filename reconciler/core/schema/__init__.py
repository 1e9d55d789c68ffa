"""JSON Schemas that tools bring along: compiled and checked within bounds."""
