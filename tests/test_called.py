"""Rows by parts of their names, in whatever letters: the same on every database, in every list."""

from __future__ import annotations

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hubbub import chat
from hubbub.called import called, perhaps_called, plain
from hubbub.models import Person, Room
from tests.cast import ANA, say

pytestmark = pytest.mark.django_db(transaction=True)

NAMES = [
    "Große Küche",
    "ÉCOLE",
    "東京支社",
    "ﾊﾟｿｺﾝ",
    "C++ and C#",
    "Kitchen 100%",
    "Ｆｕｌｌ",
    "Zoë's_den",
    "Łódź",
    "ΑΘΗΝΑ",
]


def rooms(words: str) -> list[str]:
    return list(called(Room.objects.all(), words, "name", "topic").order_by("id").values_list("name", flat=True))


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ("kuche", "Große Küche"), ("KÜCHE", "Große Küche"), ("grosse kü", "Große Küche"),
        ("ku\u0308che", "Große Küche"),
        ("école", "ÉCOLE"), ("Ecole", "ÉCOLE"), ("京支", "東京支社"), ("パソ", "ﾊﾟｿｺﾝ"), ("c++", "C++ and C#"),
        ("c# AND", "C++ and C#"),
        ("100%", "Kitchen 100%"), ("full", "Ｆｕｌｌ"), ("ｋｉｔｃｈ", "Kitchen 100%"), ("s_d", "Zoë's_den"),
        ("zoe", "Zoë's_den"),
        ("lodz", "Łódź"), ("αθηνα", "ΑΘΗΝΑ"),
    ],
)  # fmt: skip
def test_a_name_is_found_by_its_parts(words: str, name: str) -> None:
    for one in NAMES:
        Room.objects.create(name=one, key=one)
    assert rooms(words) == [name]


def test_each_word_may_stand_in_another_column() -> None:
    Room.objects.create(name="Küche", key="a", topic="Plan for tonight")
    Room.objects.create(name="Kitchen", key="b", topic="Café plans")
    assert rooms("kuche PLAN") == ["Küche"]
    assert rooms("cafe kitchen") == ["Kitchen"]
    assert rooms("plan") == ["Küche", "Kitchen"]
    assert rooms("kuche cafe") == []
    assert rooms(" ") == ["Küche", "Kitchen"]


LETTERS = "aAbéÉßｆ東%_' 🎉+"


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.text(LETTERS, min_size=1, max_size=6), min_size=1, max_size=5), st.text(LETTERS, max_size=4))
def test_the_database_and_a_look_at_each_name_agree(names: list[str], words: str) -> None:
    Room.objects.all().delete()
    for place, name in enumerate(names):
        Room.objects.create(name=name, key=str(place))
    fitting = [name for name in names if all(word in plain(name) for word in plain(words).split())]
    assert rooms(words) == fitting
    perhaps = perhaps_called(Room.objects.all(), [plain(words).split(), ["elsewhere"]], "name").values_list(
        "name", flat=True
    )
    assert set(fitting) <= set(perhaps)


def test_lists_of_rooms_and_people_ask_so(client: Client) -> None:
    say(ANA, "Große Küche", "hello")
    Person.objects.filter(pk=ANA.id).update(name="Ána Øst")
    chat.post_now(chat.draft(ANA, "Große Küche", "still here"))
    assert "Große Küche" in client.get("/chat/", {"q": "KUCHE"}).content.decode()
    assert [room["name"] for room in client.get("/chat/-/switcher/", {"q": "kuche"}).json()["rooms"]] == ["Große Küche"]
    client.get("/chat/Große Küche/")
    about = client.get("/chat/Große Küche/-/about/", {"q": "ana ost"}).content.decode()
    assert "Ána Øst" in about.partition("<main")[2]
    assert (
        "Ána Øst" not in client.get("/chat/Große Küche/-/about/", {"q": "eva"}).content.decode().partition("<main")[2]
    )
