"""What a Person said in a Room, in its present state."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Message(models.Model):
    """A message. `seq` is the number it was born with, `changed` the last one that touched it, `ordinal` its place
    among the room's messages; `html` is the text made safe once, when it was said or edited.

    A deleted message keeps its place and loses text, html, reactions and mentions. `reactions` and `mentions` are what
    stands in `Reaction` and `Mention`, kept here by the journal so that reading a page takes no more queries:
    reactions as JSON [[emoji, [person id in hex, …first 100], count], …], mentions as person ids in hex with spaces
    between, "@room" or "@here" among them.
    """

    room = models.ForeignKey("hubbub.Room", on_delete=models.CASCADE, related_name="messages", db_index=False)
    author = models.ForeignKey("hubbub.Person", on_delete=models.PROTECT, related_name="messages", db_index=False)
    seq = models.BigIntegerField(_("number"), editable=False)
    changed = models.BigIntegerField(_("last change"), editable=False)
    ordinal = models.BigIntegerField(_("place"), editable=False)
    nonce = models.CharField(_("nonce"), max_length=64, editable=False)
    text = models.TextField(_("text"))
    html = models.TextField(_("text as HTML"), editable=False)
    at = models.DateTimeField(_("said at"), editable=False)
    reply_to = models.ForeignKey(
        "self", on_delete=models.SET_NULL, null=True, related_name="replies", db_index=False, verbose_name=_("answers")
    )
    edited_at = models.DateTimeField(_("edited"), null=True, editable=False)
    deleted_at = models.DateTimeField(_("deleted"), null=True, editable=False)
    pinned_at = models.DateTimeField(_("pinned"), null=True, editable=False)
    reactions = models.TextField(_("reactions"), default="", db_default="", editable=False)
    mentions = models.TextField(_("mentions"), default="", db_default="", editable=False)

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        constraints = [
            models.UniqueConstraint(fields=["room", "seq"], name="hubbub_message_number"),
            models.UniqueConstraint(fields=["author", "nonce"], name="hubbub_message_nonce"),
            models.CheckConstraint(
                condition=models.Q(seq__gte=models.F("ordinal"), changed__gte=models.F("seq"), ordinal__gte=1),
                name="hubbub_message_numbers",
            ),
            models.CheckConstraint(condition=~models.Q(nonce=""), name="hubbub_message_has_nonce"),
            models.CheckConstraint(
                condition=models.Q(deleted_at=None) | models.Q(text="", html="", reactions="", mentions=""),
                name="hubbub_message_deleted_is_empty",
            ),
        ]
        indexes = [
            models.Index(fields=["room", "changed"], name="hubbub_message_log"),
            models.Index(
                fields=["reply_to"], condition=models.Q(reply_to__isnull=False), name="hubbub_message_replies"
            ),
            models.Index(
                fields=["room", "pinned_at"], condition=models.Q(pinned_at__isnull=False), name="hubbub_message_pins"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.seq} in {self.room_id}"
