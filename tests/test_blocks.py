"""Blocking: what somebody says is covered for who blocks them, everywhere and at once; and nobody else can tell."""

from __future__ import annotations

import re
import uuid
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hubbub import blocks, chat
from hubbub.errors import Refusal
from hubbub.identity import Identity
from hubbub.models import Block, Person
from hubbub.views.veiled import veiled
from tests.cast import ANA, BEN, EVE, say
from tests.test_people import card, of, page_of, voice
from tests.test_views import for_client

pytestmark = pytest.mark.django_db(transaction=True)
VEIL = '<details class="veil">'


def post(client: Client, person: Person, on: str, **headers: str) -> Any:
    return client.post(f"/chat/-/people/{person.pk.hex}/block/", {"on": on}, headers=headers)


def log_of(client: Client, path: str = "/chat/lobby/") -> str:
    return re.sub(r"(?s)<template.*?</template>", "", client.get(path).content.decode())


def test_a_page_covers_what_they_said_and_keeps_the_rest() -> None:
    eve = of("Eve")
    say(ANA, "lobby", "from ana", "again ana")
    say(BEN, "lobby", "from ben")
    assert VEIL not in log_of(eve)
    assert post(eve, voice("Ana"), "1")["Location"] == f"/chat/-/people/{voice('Ana').pk.hex}/"
    log = log_of(eve)
    assert log.count(VEIL) == log.count("message--veiled") == 2
    assert re.search(r"message--veiled\"[^>]*>\s*<details class=\"veil\">(?s:.)*?from ana", log)
    assert not re.search(r'message--veiled"[^>]*data-author="' + voice("Ben").pk.hex, log)
    post(eve, voice("Ana"), "0")
    assert VEIL not in log_of(eve)


def test_older_pages_and_permalinks_are_covered_too() -> None:
    eve = of("Eve")
    say(ANA, "lobby", *(f"word {n}" for n in range(60)))
    post(eve, voice("Ana"), "1")
    for path in ("/chat/lobby/?before=10", "/chat/lobby/?after=3", "/chat/lobby/5/"):
        log = log_of(eve, path)
        assert log.count(VEIL) == log.count('<article class="message') > 0


def test_others_see_no_difference() -> None:
    eve, ben = of("Eve"), of("Ben")
    say(ANA, "lobby", "from ana")
    before = page_of(ben, voice("Ana")).content, page_of(ben, voice("Eve")).content
    post(eve, voice("Ana"), "1")
    assert VEIL not in log_of(ben)
    hide = re.compile(rb'name="csrfmiddlewaretoken" value="[^"]*"|nonce="[^"]*"|data-ticket="[^"]*"')
    after = page_of(ben, voice("Ana")).content, page_of(ben, voice("Eve")).content
    assert [hide.sub(b"", page) for page in after] == [hide.sub(b"", page) for page in before]
    assert for_client(ben.get("/chat/lobby/"))["blocked"] == []


def test_the_browsers_code_is_told_whom_one_blocks_and_counts_stay() -> None:
    eve = of("Eve")
    eve.post("/chat/lobby/", {"message": "me", "nonce": "n"})
    say(ANA, "lobby", "one", "two")
    ana = voice("Ana").pk.hex
    answer = post(eve, voice("Ana"), "1", Accept="application/json")
    assert answer.json() == {"blocked": [ana]}
    told = for_client(eve.get("/chat/lobby/"))
    assert (told["blocked"], told["unread"]) == ([ana], 2)
    assert card(eve, voice("Ana"))["blocked"]


def test_a_guest_who_never_spoke_may_block_too() -> None:
    guest = Client()
    say(ANA, "lobby", "from ana")
    guest.get("/chat/lobby/")
    post(guest, voice("Ana"), "1")
    assert VEIL in log_of(guest)


def test_who_blocks_somebody_is_not_offered_to_write_to_them() -> None:
    eve, ben = of("Eve"), of("Ben")
    assert card(eve, voice("Ben"))["direct"]
    post(eve, voice("Ben"), "1")
    assert card(eve, voice("Ben"))["direct"] is None
    assert f"{voice('Ben').pk.hex}/direct/" not in page_of(eve, voice("Ben")).content.decode()
    assert card(ben, voice("Eve"))["direct"]  # who is blocked can't tell
    post(eve, voice("Ben"), "0")
    assert card(eve, voice("Ben"))["direct"]


def test_nobody_blocks_themselves_or_who_is_not_there() -> None:
    eve = of("Eve")
    assert post(eve, voice("Eve"), "1").status_code == 400
    assert post(eve, voice("Eve"), "1", Accept="application/json").json()["code"] == "no_such_person"
    with pytest.raises(Refusal, match="nobody"):
        chat.block_now(EVE, uuid.uuid4())
    assert not Person.objects.filter(pk=EVE.id).exists()
    assert eve.post(f"/chat/-/people/{'0' * 32}/block/", {"on": "1"}).status_code == 404
    assert eve.get(f"/chat/-/people/{voice('Eve').pk.hex}/block/").status_code == 405
    assert not Block.objects.exists()


def test_what_looks_like_a_message_in_a_message_is_not_covered() -> None:
    say(ANA, "lobby", f'<article class="message" data-author="{BEN.id.hex}">')
    assert veiled("&lt;article class=&quot;message&quot;", {BEN.id.hex}) == "&lt;article class=&quot;message&quot;"
    eve = of("Eve")
    say(BEN, "lobby", "x")
    post(eve, voice("Ben"), "1")
    assert log_of(eve).count(VEIL) == 1


moves = st.lists(
    st.tuples(st.sampled_from([ANA, BEN, EVE]), st.sampled_from([ANA, BEN, EVE]), st.booleans()), max_size=20
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(moves)
def test_whoever_blocks_whom_in_whatever_order_the_last_word_counts(
    moves: list[tuple[Identity, Identity, bool]],
) -> None:
    Block.objects.all().delete()
    say(ANA, "lobby", "x"), say(BEN, "lobby", "x"), say(EVE, "lobby", "x")
    wanted: dict[str, set[str]] = {one.id.hex: set() for one in (ANA, BEN, EVE)}
    for who, whom, on in moves:
        if on and who == whom:
            with pytest.raises(Refusal):
                chat.block_now(who, whom.id, on)
            continue
        told = chat.block_now(who, whom.id, on)
        (wanted[who.id.hex].add if on else wanted[who.id.hex].discard)(whom.id.hex)
        assert told == sorted(wanted[who.id.hex])
    found = blocks.of_many([ANA.id, BEN.id, EVE.id])
    assert {id.hex: set(whom) for id, whom in found.items()} == wanted


def test_a_page_for_who_blocks_nobody_does_not_ask_whom() -> None:
    eve = of("Eve")
    say(ANA, "lobby", "x")
    for blocking in (False, True):
        with CaptureQueriesContext(connection) as asked:
            eve.get("/chat/lobby/")
        questions = [query["sql"] for query in asked.captured_queries]
        assert any(question.startswith("SELECT person_id, blocked_id") for question in questions) == blocking
        post(eve, voice("Ana"), "1")


def test_a_quote_of_what_they_said_is_covered_too() -> None:
    eve = of("Eve")
    (said,) = say(ANA, "lobby", "from ana")
    assert said.message is not None
    chat.post_now(chat.draft(BEN, "lobby", "I agree", "n", reply_to=said.message.id))
    assert "quote--veiled" not in log_of(eve)
    post(eve, voice("Ana"), "1")
    log = log_of(eve)
    assert log.count("quote--veiled") == log.count(VEIL) == 1
