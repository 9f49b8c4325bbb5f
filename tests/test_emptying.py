"""After a test that commits the database is as migrating leaves it, whether little or much was written."""

from __future__ import annotations

from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.test import TransactionTestCase

from hubbub.models import Message, Person
from tests.cast import ANA, Cast, say
from tests.emptying import MANY

pytestmark = pytest.mark.django_db(transaction=True)

MADE = (ContentType, Permission)  # by migrating, and by nothing else


@pytest.mark.parametrize("groups", [1, MANY + 1], ids=["a few rows", "many rows"])
def test_nothing_is_left_but_what_migrating_makes(cast: Cast, groups: int) -> None:
    made = natural_keys()
    say(ANA, "lobby", "hello", "and more")
    person = Person.objects.get(id=cast.ben.id)
    Group.objects.bulk_create(Group(name=str(number)) for number in range(groups))
    assert person.user is not None
    person.user.groups.add(*Group.objects.all()[:3])
    TransactionTestCase()._fixture_teardown()  # type: ignore[attr-defined]
    models: Any = apps.get_models(include_auto_created=True)
    left = [model.__name__ for model in models if model not in MADE and model._base_manager.exists()]
    assert left == []
    assert natural_keys() == made
    assert made[0]
    say(ANA, "lobby", "again")
    assert [message.text for message in Message.objects.all()] == ["again"]


def natural_keys() -> list[list[Any]]:
    ContentType.objects.clear_cache()
    return [sorted(row.natural_key() for row in model.objects.all()) for model in MADE]
