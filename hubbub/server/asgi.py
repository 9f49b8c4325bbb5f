"""The standalone application: pages, static files and sockets on one port."""

from __future__ import annotations

import os
from typing import Any

from channels.routing import ProtocolTypeRouter, URLRouter
from django.conf import settings
from django.urls import re_path
from servestatic import ServeStaticASGI

from hubbub.server.front_door import FrontDoor
from hubbub.server.handler import one_hop_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hubbub.server.settings")
pages = one_hop_application()

from hubbub.routing import websocket_urlpatterns  # noqa: E402  models are loaded by the line above
from hubbub.server.reception import Reception  # noqa: E402  likewise


async def no_such_socket(scope: Any, receive: Any, send: Any) -> None:
    """Any other socket path is refused before acceptance."""
    await receive()
    await send({"type": "websocket.close", "code": 4404})


def with_static_files(application: Any) -> Any:
    """Serve the collected static files in front of `application`, far-future cached: their names are hashed."""
    if settings.DEBUG:
        return application
    return ServeStaticASGI(
        application,
        root=settings.STATIC_ROOT,
        prefix=settings.STATIC_URL,
        immutable_file_test=r"\.[0-9a-f]{12}\.",
    )


everything = ProtocolTypeRouter(
    {
        "http": with_static_files(pages),
        "websocket": URLRouter([*websocket_urlpatterns, re_path(r"", no_such_socket)]),  # type: ignore[arg-type]  # an ASGI callable
    }
)
application = Reception(FrontDoor(settings.TRUSTED_PROXIES, settings.PREFIX), everything)
