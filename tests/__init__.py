"""Tests of toolreg. They need git, and nothing else that pip does not install."""
