"""What a doctor finds: each examination looks at one thing and says ok, warning or problem, and what to do.

The app's own examinations are here; a project adds more with `register`. No sentence leaves with a secret in it.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

from django.conf import settings

from hubbub.doctor import database, layer, machine, project
from hubbub.doctor.finding import Finding, problem
from hubbub.trace import first_line

__all__ = ["Examination", "Finding", "examine", "register"]

PATIENCE = 15.0

Examination = Callable[[], Iterable[Finding]]

_examinations: list[tuple[str, Examination]] = [
    ("settings", project.system_checks),
    ("database", database.examine),
    ("layer", layer.examine),
    ("limits", machine.limits),
]


def register(topic: str, examination: Examination) -> None:
    """Look at this too, after what is there already. A second time does nothing."""
    if (topic, examination) not in _examinations:
        _examinations.append((topic, examination))


def examine() -> list[Finding]:
    """Every finding, in the order of the examinations; what does not answer in time is a problem of its own."""
    findings = [finding for topic, look in _examinations for finding in _within_time(topic, look)]
    return [replace(f, sentence=_without_secrets(f.sentence), advice=_without_secrets(f.advice)) for f in findings]


def _within_time(topic: str, look: Examination) -> list[Finding]:
    """What an examination finds. It runs in a thread that is left behind when it hangs."""
    found: list[Finding] = []

    def run() -> None:
        try:
            found.extend(look())
        except Exception as error:  # an examination that fails is a finding
            found.append(problem(topic, f"This can't be examined: {type(error).__name__}: {first_line(error)}"))

    thread = threading.Thread(target=run, name=f"hubbub-doctor-{topic}", daemon=True)
    thread.start()
    thread.join(PATIENCE)
    if thread.is_alive():
        hangs = problem(topic, f"No answer in {PATIENCE:g} s.", "See whether it hangs, or the network drops packets.")
        return [*found, hangs]
    return found


def _without_secrets(sentence: str) -> str:
    sentence = re.sub(r"(\w+://)[^/\s@]*@", r"\1…@", sentence)
    for secret in _secrets():
        sentence = sentence.replace(secret, "…")
    return sentence


def _secrets() -> list[str]:
    known: list[Any] = [settings.SECRET_KEY, *(config.get("PASSWORD") for config in settings.DATABASES.values())]
    return [str(secret) for secret in known if secret and len(str(secret)) > 3]
