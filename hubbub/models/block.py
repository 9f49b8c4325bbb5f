"""Who does not want to read whom."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Block(models.Model):
    """What `blocked` says is hidden from `person`, who alone knows."""

    person = models.ForeignKey("hubbub.Person", on_delete=models.CASCADE, related_name="blocks")
    blocked = models.ForeignKey("hubbub.Person", on_delete=models.CASCADE, related_name="+")

    class Meta:
        verbose_name = _("block")
        verbose_name_plural = _("blocks")
        constraints = [
            models.UniqueConstraint(fields=["person", "blocked"], name="hubbub_one_block"),
            models.CheckConstraint(condition=~models.Q(person=models.F("blocked")), name="hubbub_block_of_another"),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} of {self.blocked_id}"
