"""One page, so that the time to the first page can be measured."""

from django.http import HttpRequest, HttpResponse
from django.urls import path


def lobby(request: HttpRequest) -> HttpResponse:
    """Says that the server is there."""
    return HttpResponse("<!doctype html><title>Chat</title><p>What chat room would you like to enter?")


urlpatterns = [path("chat/", lobby)]
