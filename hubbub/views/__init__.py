"""The HTML doors: they read what was asked, call a verb, and answer with a page that works without JavaScript."""

from hubbub.views.attention import attention
from hubbub.views.deeds import deeds
from hubbub.views.mentions import mentions
from hubbub.views.name import name
from hubbub.views.people import block, people, person
from hubbub.views.profile import profile
from hubbub.views.reading import read_all
from hubbub.views.room import address, message, message_at_address, room
from hubbub.views.rooms import rooms
from hubbub.views.search import search
from hubbub.views.switcher import switcher

__all__ = [
    "address",
    "attention",
    "block",
    "deeds",
    "mentions",
    "message",
    "message_at_address",
    "name",
    "people",
    "person",
    "profile",
    "read_all",
    "room",
    "rooms",
    "search",
    "switcher",
]
