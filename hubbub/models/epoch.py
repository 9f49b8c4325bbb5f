"""Which life of the database this is. A restore from a backup begins another, so that clients ahead of it reset."""

import secrets

from django.db import models
from django.utils.translation import gettext_lazy as _


def new_epoch() -> str:
    """A fresh name for a life of the database: 16 hex digits."""
    return secrets.token_hex(8)


class Epoch(models.Model):
    """The one row that names the present life of the database."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    name = models.CharField(max_length=16, default=new_epoch)

    class Meta:
        verbose_name = _("epoch")
        verbose_name_plural = _("epochs")
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="hubbub_one_epoch")]

    def __str__(self) -> str:
        return self.name

    @classmethod
    def current(cls) -> str:
        """The present epoch's name, made on first use."""
        return cls.objects.get_or_create(id=1)[0].name
