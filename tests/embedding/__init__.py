"""Hubbub inside somebody else's Django project: `project/` is that project, and docs/embedding.md shows its files."""
