"""Chat that never loses a message, starts with one command, and fits inside your Django project."""

__version__ = "0.1.0"
