"""What somebody wrote in a form that could not be taken at all: the page that says so hands it back, to be copied.

Nothing is done with the text: it may come from a form on somebody else's page, so it is shown, and never in a form.
"""

from __future__ import annotations

from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest
from django.http.request import UnreadablePostError

_WRITTEN_IN = ("message", "edit", "about", "topic", "text")  # names of the fields in which one writes more than a word


def unsent(request: HttpRequest) -> str:
    """The longest text of the form; "" where there is none or the form can't be read."""
    if request.method != "POST":
        return ""
    try:
        return max((request.POST.get(field, "") for field in _WRITTEN_IN), key=len)
    except (SuspiciousOperation, UnreadablePostError):
        return ""
