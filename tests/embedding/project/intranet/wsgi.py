"""The intranet's pages on a WSGI server; its sockets are served elsewhere, by intranet.asgi."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "intranet.settings")
application = get_wsgi_application()
