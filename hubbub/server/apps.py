"""The standalone project's own app: sign-in pages and error pages."""

from django.apps import AppConfig


class ServerConfig(AppConfig):
    """Templates and commands of the standalone project."""

    name = "hubbub.server"
    label = "hubbub_server"

    def ready(self) -> None:
        """Let `hubbub doctor` look at what is ours; and an owner who comes by another way make the link void."""
        from hubbub.server import doctor, owner_link  # late: the app registry is not ready before

        doctor.register_all()
        owner_link.connect_signals()
