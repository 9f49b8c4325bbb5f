"""The standalone project's own app: sign-in pages and error pages."""

from django.apps import AppConfig


class ServerConfig(AppConfig):
    """Templates and commands of the standalone project."""

    name = "hubbub.server"
    label = "hubbub_server"
