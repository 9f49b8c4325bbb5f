"""Hubbub in the admin: to look things up. What was said is changed by verbs, so that everybody is told; not here."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from hubbub.models import Membership, Message, Person, Room


class LookedUp(admin.ModelAdmin):  # type: ignore[type-arg]  # not subscriptable at run time
    """A model that the admin shows and does not change."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class Open(LookedUp):
    """What is in public rooms: administrators moderate there, and do not listen elsewhere (decision 42)."""

    of_room = "room__"

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).filter(**{f"{self.of_room}kind": "public"})


@admin.register(Person)
class PersonAdmin(LookedUp):
    list_display = ("name", "user", "created_at")
    search_fields = ("name",)


@admin.register(Room)
class RoomAdmin(Open):
    of_room = ""
    list_display = ("name", "ordinal", "last_at", "created_at")
    search_fields = ("name", "key")


@admin.register(Membership)
class MembershipAdmin(Open):
    list_display = ("person", "room", "read_seq")
    search_fields = ("person__name", "room__name")


@admin.register(Message)
class MessageAdmin(Open):
    list_display = ("room", "seq", "author", "at", "text")
    search_fields = ("text",)
    list_select_related = ("room", "author")
