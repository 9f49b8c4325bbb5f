"""About a room: what it is for, who is in it, and what its moderators and owners may do; and its log of acts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.core.paginator import Paginator
from django.db.models import Case, Value, When
from django.http import Http404, HttpRequest, HttpResponseBase, HttpResponseRedirect, JsonResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from hubbub import chat, history
from hubbub.called import called
from hubbub.errors import Refusal
from hubbub.identity import Identity
from hubbub.journal.acts import RULES
from hubbub.models import Act, Invitation, Membership
from hubbub.models.room_name import PRIVATE
from hubbub.protocol import person_view
from hubbub.views.page import live, page, person_url, show, sidebar, words_of
from hubbub.views.place import STATUS, Place, person_id, refused, wants_json
from hubbub.views.whom import Named, named_again

PEOPLE, ACTS = 60, 50
SLOW = (0, 5, 15, 30, 60, 300, 900, 3600)
SILENCE = (300, 3600, 86_400, 604_800)
LINK_SPAN = 604_800  # how long a link holds unless somebody says otherwise
LINK_SPANS, LINK_USES = (3600, 86_400, LINK_SPAN, 2_592_000, 0), (0, 1, 5, 10, 25, 100)
_BY_ROLE = Case(When(role="owner", then=Value(0)), When(role="moderator", then=Value(1)), default=Value(2))


@page
@require_http_methods(["GET", "HEAD", "POST"])
def about(request: HttpRequest, who: Identity, room: str) -> HttpResponseBase:
    """GET: the page. POST: do what `act` says, then the page again; with `Accept: application/json` {}, {url} of where
    that leads, or a refusal."""
    place = Place(who, room)
    if request.method != "POST":
        return _about(request, place)
    try:
        chat.check_post_rate(who, request.META.get("REMOTE_ADDR", ""))
        _DO.get(request.POST.get("act", ""), _act)(request, place)
    except Refusal as refusal:
        if wants_json(request):
            return refused(refusal)
        if refusal.code == "no_such_room":
            raise Http404(refusal.message) from None
        said: dict[str, Any] = {"refusal": refusal.message, "typed": request.POST.get("text", "")}
        if request.POST.get("act") == "add":
            said.update(named_again(who, request.POST, refusal, _inside(place)))
        return _about(request, Place(who, room), said, STATUS.get(refusal.code, 400))
    if wants_json(request):
        return JsonResponse({"url": _next(request, place)} if request.POST["act"] in _AWAY else {})
    return HttpResponseRedirect(_next(request, place), status=303)


def about_at_address(request: HttpRequest, id: str) -> HttpResponseBase:
    """The same for a private or direct room."""
    return about(request, PRIVATE + id)


@page
@require_safe
def acts(request: HttpRequest, who: Identity, room: str) -> HttpResponseBase:
    """What moderators did, the latest first; for moderators alone."""
    place = Place(who, room)
    if not place.moderates:
        raise Http404("There is no such room.")
    found = Act.objects.filter(room_id=place.id).select_related("by", "whom").order_by("-id")
    shown = Paginator(found, ACTS).get_page(request.GET.get("page"))
    return show(request, who, "hubbub/acts.html", {**_frame(place), "acts": shown, "live": live(who, place.head.key)})


def acts_at_address(request: HttpRequest, id: str) -> HttpResponseBase:
    """The same for a private room."""
    return acts(request, PRIVATE + id)


# ── doing ───────────────────────────────────────────────────────────────────────────────────────────


def _act(request: HttpRequest, place: Place) -> None:
    """An act of journal/acts.py."""
    form, verb = request.POST, request.POST.get("act", "")
    if verb not in RULES:
        raise Refusal("bad_frame", "There is no such act.", field="act")
    whom = person_id(form.get("person", "")) if "person" in form else None
    if whom is None and verb in _ON_SOMEBODY:
        raise Refusal("no_such_person", "There is nobody like that here.", field="person")
    if verb == "ban" and whom is not None:
        return chat.ban_now(place.who, place.head.key, whom, erase="erase" in form)
    chat.act_now(
        place.who, place.head.key, verb, whom=whom, text=form.get("text", ""), seconds=_number(form.get("seconds", ""))
    )


_ON_SOMEBODY = ("add", "role", "remove", "ban", "unban", "silence", "unsilence")


def _add(request: HttpRequest, place: Place) -> None:
    """Let those in whom the form names."""
    people = Named(place.who, request.POST).check()
    if not people:
        raise Refusal("no_such_person", "Write the name of somebody.", field="name")
    for person in people:
        chat.act_now(place.who, place.head.key, "add", whom=person.pk)


def _invite(request: HttpRequest, place: Place) -> None:
    """A link for as long and for as many as the form says: 0 is without bound."""
    seconds = _number(request.POST.get("seconds", f"{LINK_SPAN}"))
    uses = _number(request.POST.get("uses", "0"))
    chat.invite_now(place.who, place.head.key, lasts=timedelta(seconds=seconds) if seconds else None, uses=uses or None)


def _take_back(request: HttpRequest, place: Place) -> None:
    chat.take_back_now(place.who, place.head.key, request.POST.get("token", ""))


_DO: dict[str, Callable[[HttpRequest, Place], None]] = {
    "add": _add, "invite": _invite, "take_back": _take_back,
}  # fmt: skip


_AWAY = ("join", "leave")  # acts after which one is elsewhere


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else -1


def _next(request: HttpRequest, place: Place) -> str:
    """The page again; who is in it no more is led to the rooms, who is in a private one no more too."""
    if request.POST.get("act") == "leave":
        return reverse("hubbub:rooms")
    return place.url if request.POST.get("act") == "join" else f"{Place(place.who, place.head.address).url}-/about/"


# ── showing ─────────────────────────────────────────────────────────────────────────────────────────


def _about(
    request: HttpRequest, place: Place, said: dict[str, Any] | None = None, status: int = 200
) -> HttpResponseBase:
    words = words_of(request)
    members = Membership.objects.filter(room_id=place.id, standing="in")
    found = called(members, words, "person__name")
    shown = Paginator(_people(found), PEOPLE).get_page(request.GET.get("page"))
    frame = _frame(place)
    lets_in = place.head.kind == "private" and frame["inside"] and not place.who.guest
    shows = {"topic": frame["may_set_topic"], "rename": frame["owns"], "add": lets_in}
    act = request.POST.get("act", "")
    context = {
        **frame,
        "members": [_member(place, row) for row in shown.object_list],
        "live": live(place.who, place.head.key),
        "shown": shown,
        "words": words,
        "count": members.count(),
        "banned": _banned(place, words) if place.moderates else [],
        "links": _links(request, place) if place.moderates and place.head.kind == "private" else [],
        "link_spans": LINK_SPANS,
        "link_span": LINK_SPAN,
        "link_uses": LINK_USES,
        "chosen": [],
        "candidates": [],
        "named": "",
        "slow_choices": SLOW,
        "silence_choices": SILENCE,
        "lets_in": lets_in,
        "refusal": "",
        "at_fault": act if said and shows.get(act) else "",
        **(said or {}),
    }
    return show(request, place.who, "hubbub/about.html", context, status=status)


def _inside(place: Place) -> set[UUID]:
    return set(Membership.objects.filter(room_id=place.id, standing="in").values_list("person_id", flat=True))


def _frame(place: Place) -> dict[str, Any]:
    """What pages about a room have in common."""
    views = history.listed_rooms(place.who.id)
    view = next((view for view in views if view.room == place.head.key), None)
    return {
        "room": place.head,
        "title": view.name if view else place.head.name,
        "room_url": place.url,
        "about_url": f"{place.url}-/about/",
        "acts_url": f"{place.url}-/acts/",
        "rooms": sidebar(views),
        "inside": place.standing.standing == "in",
        "moderates": place.moderates and place.head.kind != "direct",
        "owns": place.owns and place.head.kind != "direct",
        "may_set_topic": not place.who.guest and not place.head.archived,
    }


def _people(members: Any) -> Any:
    """Owners first, then moderators, then by name."""
    return members.order_by(_BY_ROLE, "person__name", "person_id").values_list(
        "person_id", "person__name", "person__user_id", "role", "silenced_until"
    )


def _member(place: Place, row: tuple[Any, ...]) -> dict[str, Any]:
    id, name, user, role, silenced = row
    ranks = {"member": 1, "moderator": 2, "owner": 3}
    mine = 4 if place.site else ranks[place.standing.role] if place.standing.standing == "in" else 0
    you = id == place.who.id
    return {
        "person": person_view(id, name, user is None),
        "url": person_url(id),
        "role": role,
        "you": you,
        "silenced_until": silenced if silenced and silenced > timezone.now() else None,
        "below": mine >= 2 and mine > ranks[role] and not you and place.head.kind != "direct",
        "may_have_role": place.owns
        and user is not None
        and place.head.kind != "direct"
        and (you or mine > ranks[role]),
    }


def _banned(place: Place, words: str) -> list[dict[str, Any]]:
    """The first of those who are banned; with words those who are called so, so that each of very many is found."""
    banned = Membership.objects.filter(room_id=place.id, standing="banned")
    found = called(banned, words, "person__name").order_by("person__name", "person_id")
    rows = found.values_list("person_id", "person__name", "person__user_id")[:PEOPLE]
    return [{"person": person_view(id, name, user is None), "url": person_url(id)} for id, name, user in rows]


def _links(request: HttpRequest, place: Place) -> list[Invitation]:
    """The links that hold, each with its whole address."""
    found = list(chat.links_that_hold(place.id))
    for link in found:
        link.url = request.build_absolute_uri(link.get_absolute_url())  # type: ignore[attr-defined]  # for the page
    return found
