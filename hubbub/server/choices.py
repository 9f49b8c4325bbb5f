"""What the owner chose, and what the environment chose instead: that wins, and the owner's page says so."""

from __future__ import annotations

from django.conf import settings

from hubbub import policy
from hubbub.server.models import Choices

NAMES = {"guests": "HUBBUB_GUESTS", "sign_up": "HUBBUB_SIGN_UP"}


def now() -> tuple[bool, bool]:
    """Whether guests are let in, and whether anybody may sign up: the HUBBUB setting POLICY. One query."""
    stored = Choices.objects.filter(pk=1).values_list("guests", "sign_up").first() or (True, True)
    guests, sign_up = (fixed().get(name, choice) for name, choice in zip(NAMES, stored, strict=True))
    return guests, sign_up


def fixed() -> dict[str, bool]:
    """What the environment has decided, by the names of the choices."""
    decided: dict[str, bool] = settings.CHOSEN
    return decided


def choose(chosen: dict[str, bool]) -> None:
    """Store the owner's choices, but for those that the environment has decided. Every process acts on them within two
    seconds, this one at once."""
    open_to_choice = {name: choice for name, choice in chosen.items() if name not in fixed()}
    Choices.objects.update_or_create(pk=1, defaults=open_to_choice)
    if settings.HUBBUB.get("POLICY"):
        policy.refresh()
