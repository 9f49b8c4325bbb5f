"""The pages of the owner: the link by which somebody becomes it, and the settings of the server."""

from __future__ import annotations

from typing import Any

from django.conf import settings as django_settings
from django.contrib import messages
from django.contrib.auth import get_user_model, login
from django.contrib.auth.forms import UserCreationForm
from django.contrib.auth.views import redirect_to_login
from django.db import connection, transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods
from django.views.generic import View

from hubbub import history
from hubbub.announce import joining_layer
from hubbub.conf import settings
from hubbub.identity import Identity
from hubbub.server import choices, owner_link
from hubbub.views.page import page, page_headers, page_links, show, sidebar


@method_decorator([sensitive_post_parameters(), never_cache], name="dispatch")
class BecomeOwner(View):
    """GET: the form, for a new account or the one that is signed in. POST: make it the owner; then the settings."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """The answer, private; for a link that is void what a wrong one gets."""
        if not owner_link.is_good(kwargs["token"]):
            return page_headers(render(request, "hubbub_server/owner_void.html", page_links(request), status=404))
        response: HttpResponse = super().dispatch(request, *args, **kwargs)  # type: ignore[assignment]  # a sync view
        return page_headers(response)

    def get(self, request: HttpRequest, token: str) -> HttpResponse:
        return self._form(request, UserCreationForm())

    def post(self, request: HttpRequest, token: str) -> HttpResponse:
        if request.user.is_authenticated:
            return self._become(request, token, request.user)
        form: UserCreationForm[Any] = UserCreationForm(request.POST)
        if not form.is_valid():
            return self._form(request, form)
        with transaction.atomic():
            user = form.save()
            response = self._become(request, token, user)
            if response.status_code == 404:
                transaction.set_rollback(True)
                return response
        login(request, user, backend="django.contrib.auth.backends.ModelBackend")
        return response

    def _become(self, request: HttpRequest, token: str, user: Any) -> HttpResponse:
        if not owner_link.use(token, user):
            return render(request, "hubbub_server/owner_void.html", page_links(request), status=404)
        return HttpResponseRedirect(reverse("settings"), status=303)

    def _form(self, request: HttpRequest, form: Any) -> HttpResponse:
        return render(request, "hubbub_server/owner.html", {**page_links(request), "form": form})


@page
@require_http_methods(["GET", "HEAD", "POST"])
def server_settings(request: HttpRequest, who: Identity) -> HttpResponseBase:
    """The owner's page. POST `action`: "choose" who is let in; "appoint", "dismiss" an administrator by `username`."""
    if not request.user.is_authenticated:
        return redirect_to_login(request.get_full_path(), page_links(request)["sign_in_url"])
    if not getattr(request.user, "is_superuser", False):
        raise Http404("There is no such page.")
    if request.method != "POST":
        return _settings_page(request, who)
    refusal = _do(request, request.POST.get("action", ""))
    if refusal:
        return _settings_page(request, who, status=400, refusal=refusal, typed=request.POST.get("username", ""))
    return HttpResponseRedirect(reverse("settings"), status=303)


def _do(request: HttpRequest, action: str) -> str:
    """What was asked for. Returns why not, if it can't be."""
    if action == "choose":
        choices.choose({name: name in request.POST for name in choices.NAMES})
        messages.success(request, _("Saved. It counts everywhere within two seconds."))
        return ""
    if action not in ("appoint", "dismiss"):
        return _("That is nothing that can be done here.")
    username = request.POST.get("username", "").replace("\0", "").strip()
    account = get_user_model()._default_manager.filter(username=username, is_active=True).first()
    if account is None:
        return _("There is no account of that name.")
    if account.is_superuser:
        return _("That is an owner, who may do everything anyway.")
    account.is_staff = action == "appoint"
    account.save(update_fields=["is_staff"])
    done = _("{name} is an administrator.") if account.is_staff else _("{name} is no administrator any more.")
    messages.success(request, done.format(name=username))
    return ""


def _settings_page(request: HttpRequest, who: Identity, *, status: int = 200, **said: Any) -> HttpResponse:
    guests, sign_up = choices.now()
    accounts = get_user_model()._default_manager.filter(is_active=True)
    context = {
        "guests": guests and settings().guests,
        "sign_up": sign_up,
        "fixed": choices.fixed(),
        "names": choices.NAMES,
        "owners": accounts.filter(is_superuser=True).order_by("username"),
        "administrators": accounts.filter(is_staff=True, is_superuser=False).order_by("username"),
        "data": django_settings.DATA,
        "database": connection.vendor,
        "layer": joining_layer() is not None,
        "rooms": sidebar(history.listed_rooms(who.id)),
        "refusal": None,
        "typed": "",
        "messages_said": list(messages.get_messages(request)),
        **said,
    }
    return show(request, who, "hubbub_server/settings.html", context, status=status)
