"""What moderators did: the room's log of acts."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Act(models.Model):
    """Something that somebody did to a room or to a person in it, for its moderators to read. Only ever added to."""

    room = models.ForeignKey("hubbub.Room", on_delete=models.CASCADE, related_name="acts")
    by = models.ForeignKey("hubbub.Person", on_delete=models.PROTECT, related_name="+", db_index=False)
    verb = models.CharField(_("what was done"), max_length=16)
    whom = models.ForeignKey("hubbub.Person", on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    detail = models.CharField(_("detail"), max_length=250, blank=True, default="")
    at = models.DateTimeField(_("when"))

    class Meta:
        verbose_name = _("act")
        verbose_name_plural = _("acts")
        indexes = [models.Index(fields=["room", "-id"], name="hubbub_act_log")]

    def __str__(self) -> str:
        return f"{self.verb} in {self.room_id}"
