"""The order of commits and names: which commit wrote what, and which resource had which name."""
