"""What Hubbub hears from the host's accounts, whatever they are: sign-out, a new password, a switched-off or
deleted account.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib.auth import get_user_model, signals
from django.db.models.signals import post_save, pre_delete

from hubbub import chat
from hubbub.identity import Identity, fingerprint
from hubbub.models import Invitation, Membership, Person
from hubbub.sessions import end_everywhere


def connect_signals() -> None:
    """Listen to sign-out and to changes of accounts."""
    model = get_user_model()
    signals.user_logged_out.connect(_signed_out, dispatch_uid="hubbub.signed_out")
    post_save.connect(_account_changed, sender=model, dispatch_uid="hubbub.account_changed")
    pre_delete.connect(_account_goes, sender=model, dispatch_uid="hubbub.account_goes")


def _signed_out(*, request: Any, **_: object) -> None:
    key = getattr(getattr(request, "session", None), "session_key", None)
    if key:
        end_everywhere(session=key)


def _account_changed(*, instance: Any, created: bool, update_fields: Iterable[str] | None = None, **_: object) -> None:
    """`last_login` is saved at each sign-in and ends nothing; anything else may have ended something: check."""
    if created or (update_fields is not None and set(update_fields) == {"last_login"}):
        return
    active = getattr(instance, "is_active", True)
    end_everywhere(user=str(instance.pk), unless=fingerprint(instance.password, active) if active else "")
    if not active:
        _switched_off(instance)


def _switched_off(account: Any) -> None:
    """Nobody can do an owner's acts for it: somebody else can from now on. Said once, however often it is saved."""
    person = Person.objects.filter(user_id=account.pk).first()
    owned = Membership.objects.filter(person=person, role="owner", standing="in")
    if person is not None and (owned.exists() or Invitation.objects.filter(by=person).exists()):
        chat.depart_now(Identity(person.pk, person.name, account.pk), deleted=False)


def _account_goes(*, instance: Any, **_: object) -> None:
    """What the account said stays, under the same name, as a guest's; everybody who shows it is told. A room that it
    owned alone gets another owner."""
    end_everywhere(user=str(instance.pk))
    person = Person.objects.filter(user_id=instance.pk).first()
    if person is not None:
        chat.depart_now(Identity(person.pk, person.name, instance.pk), deleted=True)
