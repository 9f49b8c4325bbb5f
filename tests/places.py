"""A world with something at each of Hubbub's addresses, for tests that go through them all in one process."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import User
from django.test import Client

from hubbub import chat, urls
from hubbub.rates import rates
from tests.cast import Cast, say


class World:
    """A public and a private room, and an address for each of Hubbub's URLs, where there is something."""

    def __init__(self) -> None:
        self.cast = Cast()
        self.den = chat.make_room_now(self.cast.ana, "Den", kind="private", people=[self.cast.ben.id])
        [self.said] = say(self.cast.ana, "lobby", "hello")
        self.token = chat.invite_now(self.cast.ana, self.den)
        self.routes = [str(pattern.pattern) for pattern in urls.urlpatterns]
        self.places = [self.place(route) for route in self.routes]
        self.client = Client()
        self.client.force_login(User.objects.get(username="ana"))

    def place(self, route: str) -> str:
        assert self.said.message is not None
        id = self.den.removeprefix("-/") if "room/<str:id>" in route else self.cast.ben.id.hex
        for name, value in {
            "str:id": id, "int:id": self.said.message.id, "int:seq": 1, "str:room": "lobby", "str:token": self.token,
            "str:language": "en", "str:version": "0",
        }.items():  # fmt: skip
            route = route.replace(f"<{name}>", str(value))
        assert "<" not in route, "a new kind of address: say here what stands in it"
        return f"/chat/{route}"

    def ask(self, place: str, fields: dict[str, str], *, form: bool, json: bool = False) -> None:
        """What a view raises comes out here."""
        rates.__init__()  # type: ignore[misc]  # rates are kept per process
        headers = {"Accept": "application/json"} if json else {}
        answer: Any = (self.client.post if form else self.client.get)(place, fields, headers=headers)
        assert answer.status_code < 500, (place, fields, answer.content[:200])
        assert not answer.headers.get("Location", "/").startswith(("http", "//", "/\\", "javascript")), place
