"""What people say of themselves: by a form, told live to each of their rooms, refused with a reason."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from hubbub.errors import Refusal
from hubbub.models import Person, Room
from hubbub.models.person import ABOUT_LENGTH, clean_about, clean_time_zone, time_zones
from tests.test_people import card, of, voice

pytestmark = pytest.mark.django_db(transaction=True)


def save(client: Client, **said: str) -> Any:
    return client.post("/chat/-/profile/", {"name": "Eve", "about": "", "time_zone": "", **said})


def test_what_one_says_of_oneself_is_seen_by_others() -> None:
    eve, ben = of("Eve"), of("Ben")
    answer = save(eve, name="Eve Q", about="  Reads <b>maps</b>.\r\n Likes tea. ", time_zone="Asia/Tokyo")
    person = voice("Eve Q")
    assert (answer.status_code, answer["Location"]) == (303, f"/chat/-/people/{person.pk.hex}/")
    told = card(ben, person)
    assert (told["about"], told["time_zone"]) == ("Reads <b>maps</b>.\nLikes tea.", "Asia/Tokyo")
    source = eve.get("/chat/-/profile/").content.decode()
    assert "Reads &lt;b&gt;maps&lt;/b&gt;.\nLikes tea.</textarea>" in source
    assert '<option value="Asia/Tokyo" selected>' in source


def test_each_of_their_rooms_is_told() -> None:
    eve = of("Eve")
    for room in ("lobby", "attic"):
        eve.post(f"/chat/{room}/", {"message": "x", "nonce": room})
    save(eve, about="New here.")
    assert set(Room.objects.values_list("seq", flat=True)) == {2}


def test_a_guest_who_never_spoke_has_a_profile_too() -> None:
    guest = Client()
    guest.get("/chat/lobby/")
    save(guest, name="Zoë", about="Just looking.")
    person = Person.objects.get()
    assert (person.name, person.about, person.user) == ("Zoë", "Just looking.", None)
    guest.post("/chat/lobby/", {"message": "x", "nonce": "n"})
    assert Person.objects.count() == 1
    assert 'value="Zoë"' in guest.get("/chat/-/profile/").content.decode()


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ({"name": " "}, "at least one visible character"),
        ({"about": "x" * (ABOUT_LENGTH + 1)}, "at most 500 characters"),
        ({"about": "x\n" * 12}, "8 lines"),
        ({"about": "a\u202eb"}, "can&#x27;t have the invisible"),
        ({"time_zone": "Moon/Base"}, "Choose a time zone from the list"),
        ({"time_zone": "../../etc/passwd"}, "Choose a time zone from the list"),
    ],
)
def test_what_can_not_be_is_refused_and_stays_in_the_form(said: dict[str, str], sentence: str) -> None:
    eve = of("Eve")
    answer = save(eve, **{"about": "kept <words>", **said})
    assert answer.status_code == 400
    source = answer.content.decode()
    assert sentence in source
    assert 'aria-invalid="true"' in source
    assert "kept &lt;words&gt;" in source or "about" in said
    assert voice("Eve").about == ""


@given(st.text(max_size=600))
def test_words_about_oneself_are_clean_or_refused(text: str) -> None:
    try:
        about = clean_about(text)
    except Refusal:
        return
    assert len(about) <= ABOUT_LENGTH
    assert clean_about(about) == about
    assert not {"\r", "\t", "\0", "\u202e"} & set(about)


def test_every_listed_time_zone_can_be_chosen() -> None:
    assert {"Europe/Athens", "Asia/Tokyo", "UTC"} <= set(time_zones())
    assert all(clean_time_zone(zone) == zone for zone in time_zones())
    assert clean_time_zone("") == ""


def test_a_foreign_form_is_refused() -> None:
    client = Client(enforce_csrf_checks=True)
    assert save(client).status_code == 403
