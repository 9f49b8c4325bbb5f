"""The intranet's accounts: a UUID for a key, an address of mail to sign in with, and no username."""

import uuid
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models


class Accounts(BaseUserManager["Account"]):
    """Makes accounts."""

    def create_user(self, email: str, password: str, **fields: Any) -> "Account":
        """An account that can sign in."""
        account = self.model(email=self.normalize_email(email), **fields)
        account.set_password(password)
        account.save(using=self._db)
        return account


class Account(AbstractBaseUser, PermissionsMixin):
    """Somebody who works here."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    email = models.EmailField(unique=True)
    nickname = models.CharField(max_length=80, blank=True)
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField(default=False)

    objects = Accounts()

    USERNAME_FIELD = "email"

    def __str__(self) -> str:
        return self.email


def chat_name(account: Account) -> str:
    """How colleagues know each other."""
    return account.nickname or account.email.partition("@")[0]
