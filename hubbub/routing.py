"""The sockets' URLs, for the host's `URLRouter`:

    from channels.routing import ProtocolTypeRouter, URLRouter
    from hubbub.routing import websocket_urlpatterns

    application = ProtocolTypeRouter({"http": get_asgi_application(), "websocket": URLRouter(websocket_urlpatterns)})

No middleware is needed: each socket checks its Origin and reads the session itself. Channels' AuthMiddlewareStack may
stand in front all the same, and what it found in `scope["user"]` counts.
"""

from django.urls import re_path

from hubbub.socket import full_socket, room_socket

websocket_urlpatterns = [
    re_path(r"^ws/$", full_socket),  # type: ignore[arg-type]  # an ASGI callable, as Channels routes them
    re_path(r"^ws/chat/-/(?P<address>[^/]+)/$", room_socket),  # type: ignore[arg-type]  # likewise
    re_path(r"^ws/chat/(?P<room>[^/]+)/$", room_socket),  # type: ignore[arg-type]  # likewise
]
