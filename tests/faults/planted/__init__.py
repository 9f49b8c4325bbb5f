"""Faults that can only happen inside a server: an app of Django's plants them when files in HUBBUB_DATA ask."""
