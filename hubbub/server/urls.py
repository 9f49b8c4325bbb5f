"""URLs of the standalone project."""

from django.contrib import admin
from django.contrib.auth.views import LogoutView
from django.urls import include, path
from django.views.generic import RedirectView

from hubbub.server import accounts, health, owner

handler500 = "hubbub.server.unavailable.failed"

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="hubbub:rooms")),
    path("chat/", include("hubbub.urls")),
    path("accounts/sign-in/", accounts.SignIn.as_view(), name="sign-in"),
    path("accounts/sign-up/", accounts.SignUp.as_view(), name="sign-up"),
    path("accounts/sign-out/", LogoutView.as_view(), name="sign-out"),
    path("accounts/owner/<str:token>/", owner.BecomeOwner.as_view(), name="owner"),
    path("settings/", owner.server_settings, name="settings"),
    path("admin/", admin.site.urls),
    path("healthz", health.healthz),
    path("readyz", health.readyz),
]
