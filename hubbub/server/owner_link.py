"""The link that makes whoever has it the owner of a fresh server: said once, kept as a digest, good for one use, and
only until there is an owner.
"""

from __future__ import annotations

import hashlib
import secrets
from typing import TYPE_CHECKING

from django.contrib.auth import get_user_model
from django.db import DatabaseError, transaction
from django.db.models.signals import post_save

from hubbub.server.first_run import tell
from hubbub.server.models import OwnerLink

if TYPE_CHECKING:
    from django.contrib.auth.models import User


def offer(at: str) -> None:
    """Say how one becomes the owner, if there is none: by a new link under the server's address `at`, once; after that
    by whose command."""
    try:
        if has_owner():
            return
        if at and not OwnerLink.objects.exists():
            tell(f"Open {address(at, make())} to become the owner of this server. The link works once.")
        else:
            tell("Nobody owns this server yet: “hubbub owner-link” makes a link by which you do.")
    except DatabaseError:
        return  # a full disk, say: it is offered at the next start


def address(at: str, token: str) -> str:
    """The link itself. `at` is the server's address with its prefix."""
    return f"{at.rstrip('/')}/accounts/owner/{token}/"


def has_owner() -> bool:
    """Whether anybody owns this server: an account that may do everything and is switched on."""
    return get_user_model()._default_manager.filter(is_superuser=True, is_active=True).exists()


def make() -> str:
    """A new token; the one before it is void."""
    token = secrets.token_urlsafe(24)
    OwnerLink.objects.update_or_create(pk=1, defaults={"digest": _digest(token)})
    return token


def is_good(token: str) -> bool:
    """Whether this token would make an owner now."""
    return OwnerLink.objects.filter(digest=_digest(token)).exists() and not has_owner()


def use(token: str, user: User) -> bool:
    """Make `user` the owner, unless the token is void. Of several who come with it at once, one gets it."""
    with transaction.atomic():
        used, _ = OwnerLink.objects.filter(digest=_digest(token)).delete()
        if not used or has_owner():
            return False
        user.is_superuser = user.is_staff = True
        user.save(update_fields=["is_superuser", "is_staff"])
        return True


def connect_signals() -> None:
    """Make the link void as soon as somebody owns the server by other means: it may stand in a log for years, longer
    than its owner stays."""
    post_save.connect(_owner_saved, sender=get_user_model(), dispatch_uid="hubbub.owner_saved")


def _owner_saved(*, instance: User, raw: bool, **_: object) -> None:
    if instance.is_superuser and instance.is_active and not raw:
        OwnerLink.objects.all().delete()


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
