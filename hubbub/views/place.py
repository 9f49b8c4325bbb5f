"""The room that an address leads to, for pages about a room: which it is, and what who asks may do in it."""

from __future__ import annotations

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse

from hubbub import access
from hubbub.access import MODERATOR, OWNER
from hubbub.errors import Refusal
from hubbub.identity import Identity
from hubbub.models.room_name import name_and_key
from hubbub.views.page import room_url

STATUS = {"rate_limited": 429, "try_again": 503, "signed_out": 403, "not_allowed": 403, "name_taken": 409}


class Place:
    """A room that exists, and that who asks may read."""

    def __init__(self, who: Identity, address: str) -> None:
        """Raises Http404 for a room that is not there, or not for them."""
        try:
            name, key = name_and_key(address)
        except Refusal as refusal:
            raise Http404(refusal.message) from None
        self.who, self.standing = who, access.standing(who, key, name)
        self.head = self.standing.head
        if self.head.id is None or not self.standing.may_read:
            raise Http404("There is no such room.")
        self.id: int = self.head.id
        self.site = access.moderates_all(who)

    @property
    def url(self) -> str:
        """The room's page."""
        return room_url(self.head.address)

    @property
    def moderates(self) -> bool:
        """Whether they may do what a moderator may."""
        return self.standing.ranks(MODERATOR) or self.site

    @property
    def owns(self) -> bool:
        """Whether they may do what an owner may."""
        return self.standing.ranks(OWNER) or self.site


def person_id(text: str) -> UUID | None:
    """A person's id from a form; None for what is none."""
    try:
        return UUID(hex=text) if len(text) == 32 else None
    except ValueError:
        return None


def wants_json(request: HttpRequest) -> bool:
    """Whether the browser's code asks, and not somebody's form."""
    return "application/json" in request.headers.get("Accept", "")


def refused(refusal: Refusal) -> HttpResponse:
    """The refusal for the browser's code. Raises Http404 for a room that is not there."""
    if refusal.code == "no_such_room":
        raise Http404(refusal.message)
    answer = {"message": refusal.message, "code": refusal.code, "field": refusal.field}
    return JsonResponse(answer, status=STATUS.get(refusal.code, 400))
