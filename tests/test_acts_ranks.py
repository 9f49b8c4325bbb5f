"""Which acts somebody of which rank may do, and to whom."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hubbub import chat, history, journal
from hubbub.journal import RoomAct, Stored
from hubbub.journal.acts import RULES
from hubbub.models import Act, Alias, Invitation, Membership, Room
from tests.cast import Cast, refused, say, stored
from tests.test_acts import den, lobby, told

__all__ = ["den", "lobby"]  # fixtures

pytestmark = pytest.mark.django_db(transaction=True)


ROLES = {"owner": "olga", "moderator": "mo", "member": "ana", "outsider": "eve", "site": "root"}
ORDER = {"outsider": 0, "member": 1, "moderator": 2, "owner": 3, "site": 4}
NEEDED = {"topic": 0, "join": 0, "leave": 0, "add": 1} | dict.fromkeys(
    ("slow", "remove", "ban", "unban", "silence", "unsilence", "invite", "take_back"), 2
) | dict.fromkeys(("rename", "archive", "unarchive", "role"), 3)  # fmt: skip
OF_PRIVATE = ("add", "invite", "take_back")
ON_SOMEBODY = ("remove", "ban", "silence", "unsilence", "role")


@settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    verb=st.sampled_from(sorted(RULES)), by=st.sampled_from(sorted(ROLES)),
    whom=st.sampled_from(["owner", "moderator", "member"]), kind=st.sampled_from(["public", "private"]),
)  # fmt: skip
def test_an_act_is_done_by_who_ranks_high_enough_and_above_whom_it_is_done_to(
    verb: str, by: str, whom: str, kind: str
) -> None:
    for model in (Act, Invitation, Membership, Alias):
        model.objects.all().delete()
    Room.objects.filter(messages=None).delete()
    cast = Cast()
    User.objects.get_or_create(username="root", is_staff=True)
    key = chat.make_room_now(cast.olga, "Den", kind="private", people=[cast.mo.id, cast.ben.id, cast.ana.id])
    if kind == "public":
        Room.objects.filter(key=key).update(kind="public", guarded=False)
    chat.act_now(cast.olga, key, "role", whom=cast.mo.id, text="moderator")
    before = history.head(key)
    target = {"owner": cast.olga, "moderator": cast.mo, "member": cast.ben}[whom]
    act = RoomAct(getattr(cast, ROLES[by]), key, verb, target.id, {"role": "member"}.get(verb, "New name"), 60)
    outcome = journal.write([act])[0]
    outside = kind == "private" and by in ("outsider", "site")
    allowed = not outside and ORDER[by] >= NEEDED[verb] and not (verb in OF_PRIVATE and kind == "public")
    allowed = allowed and not (verb in ON_SOMEBODY and ORDER[by] <= ORDER[whom])
    allowed = allowed and not (verb == "leave" and by == "owner" and kind == "private")
    assert isinstance(outcome, Stored) == allowed, outcome
    if not allowed:
        assert refused(outcome).code == ("no_such_room" if outside else "last_owner" if _last(verb, by, whom) else
                                         "not_allowed")  # fmt: skip
        assert history.head(key) == before
        assert Act.objects.count() == 1


def _last(verb: str, by: str, whom: str) -> bool:
    return by == "owner" and (verb == "leave" or (verb == "role" and whom == "owner"))


def test_what_is_refused_has_written_nothing(cast: Cast, den: str) -> None:
    """Even when the batch goes on with others."""
    before = history.head(den).seq
    no_one, topic = journal.write(
        [RoomAct(cast.eve, den, "topic", text="hacked"), RoomAct(cast.ana, den, "topic", text="ours")]
    )
    assert refused(no_one).code == "no_such_room"
    assert [frame["changed"] for frame in told(stored(topic))] == [before + 1]
    assert Room.objects.get().topic == "ours"


def test_asking_who_may_is_cheap_where_nobody_is_turned_away(cast: Cast, lobby: str) -> None:
    """A plain post in an open room reads no membership."""
    with connection.execute_wrapper(_no_membership_read):
        say(cast.ana, lobby, "hello")


def _no_membership_read(execute: Any, sql: str, *rest: Any) -> Any:
    assert not (sql.startswith("SELECT") and Membership._meta.db_table in sql), sql
    return execute(sql, *rest)
