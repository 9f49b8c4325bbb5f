"""The pages and static files for a WSGI server such as gunicorn. The sockets are served elsewhere, by asgi.py.

What is posted here reaches those sockets through the layer, or, without one, by their nodes' head check.
"""

from __future__ import annotations

import os

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from servestatic import ServeStatic

from hubbub.server.front_door import FrontDoor

os.umask(0o077)
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hubbub.server.settings")
pages = get_wsgi_application()

with_static_files = ServeStatic(
    pages,
    root=settings.STATIC_ROOT,
    prefix=settings.STATIC_URL.removeprefix(settings.PREFIX),  # the front door takes it off
    immutable_file_test=r"\.[0-9a-f]{12}\.",
)
application = FrontDoor(settings.TRUSTED_PROXIES, settings.PREFIX).wsgi(with_static_files)
