"""Names that a room had."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Alias(models.Model):
    """A key that a public room had by a name before it was renamed: old links still lead there."""

    key = models.CharField(_("key"), max_length=1200, unique=True, editable=False)
    room = models.ForeignKey("hubbub.Room", on_delete=models.CASCADE, related_name="aliases")

    class Meta:
        verbose_name = _("former name")
        verbose_name_plural = _("former names")

    def __str__(self) -> str:
        return self.key
