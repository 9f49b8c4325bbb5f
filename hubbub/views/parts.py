"""What a page needs only with scripts: dialogs, menus, what elements are cloned from. One script brings all of it, and
the browser keeps that for as long as nothing in it changes.

It runs before the page's modules, which find everything in its place as if it had come with the page.
"""

from __future__ import annotations

import hashlib
import json
from functools import lru_cache
from typing import Any

from django.conf import settings as django_settings
from django.core.signals import setting_changed
from django.http import Http404, HttpRequest, HttpResponse
from django.template.loader import get_template
from django.urls import get_script_prefix, get_urlconf, reverse
from django.utils import translation
from django.views.decorators.http import require_safe

from hubbub.conf import Settings, settings
from hubbub.views.page import present_links

# By the names that stand in `data-part`, where a page leaves room for them.
TEMPLATES = {
    "dialogs": "hubbub/dialogs.html",
    "new-room": "hubbub/new_room_dialog.html",
    "new-message": "hubbub/new_message_dialog.html",
    "deeds": "hubbub/deeds_parts.html",
    "moulds": "hubbub/moulds.html",
}

_SCRIPT = """// What Hubbub's pages show on demand, put where they leave room for it.
for (const place of document.querySelectorAll("[data-part]")) {
  const made = document.createElement("template");
  made.innerHTML = (%s)[place.dataset.part] ?? "";
  place.replaceWith(made.content);
}
"""
_FOR_EVER = "public, max-age=31536000, immutable"


@require_safe
def parts(request: HttpRequest, language: str, version: str) -> HttpResponse:
    """The script. Another version than the one asked for, as while servers change places, is not to be kept."""
    if not translation.check_for_language(language):
        raise Http404("There is no such language.")
    with translation.override(language):
        text, present = _made()
    response = HttpResponse(text, content_type="text/javascript; charset=utf-8")
    response["Cache-Control"] = _FOR_EVER if version == present else "no-store"
    response["X-Content-Type-Options"] = "nosniff"
    return response


def parts_url() -> str:
    """Where the script is, in the present language and as it is now."""
    return reverse("hubbub:parts", args=[translation.get_language() or django_settings.LANGUAGE_CODE, _made()[1]])


def _made() -> tuple[str, str]:
    """The script and its version."""
    key = (translation.get_language(), settings(), django_settings.LOGIN_URL, get_script_prefix(), get_urlconf())
    return _make() if django_settings.DEBUG else _kept(*key)


@lru_cache(maxsize=64)
def _kept(language: str | None, s: Settings, login_url: str, prefix: str, urlconf: Any) -> tuple[str, str]:
    return _make()


def _make() -> tuple[str, str]:
    html = {name: get_template(template).render(present_links()) for name, template in TEMPLATES.items()}
    text = _SCRIPT % json.dumps(html)
    return text, hashlib.sha256(text.encode()).hexdigest()[:16]


def _forget(*, setting: str, **_: object) -> None:
    if setting in ("TEMPLATES", "STORAGES", "STATIC_URL", "STATIC_ROOT"):
        _kept.cache_clear()


setting_changed.connect(_forget)
