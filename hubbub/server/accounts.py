"""Sign up and sign in with Django's own auth, in Hubbub's look."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import login
from django.contrib.auth.forms import UserCreationForm
from django.contrib.auth.models import User
from django.contrib.auth.views import LoginView, RedirectURLMixin
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.generic import FormView

from hubbub import chat, identity, people
from hubbub.server import choices
from hubbub.views.page import page_headers, page_links


class _InHubbubsLook:
    """The links that every page of Hubbub has, and its headers."""

    request: HttpRequest

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The page's context with Hubbub's links."""
        context: dict[str, Any] = super().get_context_data(**kwargs)  # type: ignore[misc]  # a mixin of views
        return {**page_links(self.request), **context}

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """The answer, private."""
        response: HttpResponse = super().dispatch(request, *args, **kwargs)  # type: ignore[misc]  # likewise
        return page_headers(response)


class SignIn(_InHubbubsLook, LoginView):
    """Sign in; then on to `next` or the rooms."""

    template_name = "hubbub_server/sign_in.html"
    redirect_authenticated_user = True


@method_decorator([sensitive_post_parameters(), never_cache], name="dispatch")
class SignUp(_InHubbubsLook, RedirectURLMixin, FormView):  # type: ignore[type-arg]  # not subscriptable at run time
    """Make an account and be signed in. A guest keeps what they said."""

    template_name = "hubbub_server/sign_up.html"
    form_class = UserCreationForm
    next_page = "hubbub:rooms"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """The answer; a closed door while the owner lets nobody sign up."""
        if not choices.now()[1]:
            return page_headers(render(request, "hubbub_server/closed.html", page_links(request), status=403))
        return super().dispatch(request, *args, **kwargs)

    def form_valid(self, form: UserCreationForm[User]) -> HttpResponse:
        """Store the account, sign it in, go on. Whoever signs up is known here from then on, as the guest that they
        were or anew."""
        account = form.save()
        login(self.request, account, backend="django.contrib.auth.backends.ModelBackend")
        if guest := identity.of_guest_cookies(self.request.COOKIES):
            chat.adopt_guest(guest, account)
        people.meet(account)
        return super().form_valid(form)
