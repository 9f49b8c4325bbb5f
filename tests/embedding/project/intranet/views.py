"""Pages of the intranet's own."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST

from hubbub.api import post_message


def home(request: HttpRequest) -> HttpResponse:
    """The first page, with a badge."""
    return render(request, "home.html")


@login_required
@require_POST
def release(request: HttpRequest) -> HttpResponse:
    """Say in the chat that a version is out. Said when the request's transaction commits, and only then."""
    version = request.POST["version"]
    message = post_message("deploys", f"{version} is out", author=request.user, nonce=f"release {version}")
    if version == "broken":
        raise RuntimeError("the rest of the view fails")
    return HttpResponse(f"#{message.seq}")
