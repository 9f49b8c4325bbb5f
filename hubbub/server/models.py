"""What the owner of a standalone server has settled, and the link by which somebody becomes its owner."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Choices(models.Model):
    """The one row of what the owner chose."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    guests = models.BooleanField(_("guests are let in"), default=True)
    sign_up = models.BooleanField(_("anybody may sign up"), default=True)

    class Meta:
        verbose_name = _("choices")
        verbose_name_plural = _("choices")
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="hubbub_server_one_choice")]

    def __str__(self) -> str:
        return f"guests {self.guests}, sign-up {self.sign_up}"


class OwnerLink(models.Model):
    """The one link that makes its holder the owner: only its digest, so that who reads the database can't use it."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    digest = models.CharField(max_length=64)
    made_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name = _("owner's link")
        verbose_name_plural = _("owner's links")
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="hubbub_server_one_link")]

    def __str__(self) -> str:
        return f"of {self.made_at}"
