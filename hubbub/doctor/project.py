"""The project's settings, as Django's own system checks see them."""

from __future__ import annotations

from collections.abc import Iterator

from django.core import checks

from hubbub.doctor.finding import Finding, ok, problem, warning


def system_checks() -> Iterator[Finding]:
    """What `manage.py check` says, Hubbub's own checks among it."""
    messages = [message for message in checks.run_checks() if message.level >= checks.WARNING]
    for message in messages:
        say = problem if message.level >= checks.ERROR else warning
        yield say("settings", f"{message.msg} ({message.id})", message.hint or "")
    if not messages:
        yield ok("settings", "The system checks find nothing.")
