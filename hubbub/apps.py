"""The Django app. `ready()` connects signals and checks; it touches neither database nor network."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class HubbubConfig(AppConfig):
    """`INSTALLED_APPS += ["hubbub"]`."""

    name = "hubbub"
    verbose_name = _("Hubbub")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Connect what listens to accounts and sessions, and the system checks."""
        from hubbub import accounts, checks  # late: models must be loaded first
        from hubbub.search import erased

        checks.register_all()
        accounts.connect_signals()
        erased.connect_signals()
