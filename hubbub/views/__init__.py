"""The HTML doors: they read what was asked, call a verb, and answer with a page that works without JavaScript."""

from hubbub.views.about import about, about_at_address, acts, acts_at_address
from hubbub.views.attention import attention
from hubbub.views.completions import completions
from hubbub.views.deeds import deeds
from hubbub.views.making import direct, direct_with, invitation, new_room
from hubbub.views.mentions import mentions
from hubbub.views.name import name
from hubbub.views.parts import parts
from hubbub.views.people import block, people, person
from hubbub.views.pins import pins, pins_at_address
from hubbub.views.profile import profile
from hubbub.views.reading import read_all
from hubbub.views.room import address, message, message_at_address, room
from hubbub.views.rooms import rooms
from hubbub.views.search import search
from hubbub.views.switcher import switcher
from hubbub.views.whom import whom

__all__ = [
    "about",
    "about_at_address",
    "acts",
    "acts_at_address",
    "address",
    "attention",
    "block",
    "completions",
    "deeds",
    "direct",
    "direct_with",
    "invitation",
    "mentions",
    "message",
    "message_at_address",
    "name",
    "new_room",
    "parts",
    "people",
    "person",
    "pins",
    "pins_at_address",
    "profile",
    "read_all",
    "room",
    "rooms",
    "search",
    "switcher",
    "whom",
]
