"""Faults that can only happen inside a server: an app of Django's that plants them, asked for by files in HUBBUB_DATA."""
