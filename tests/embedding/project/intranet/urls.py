"""Addresses of the intranet."""

from django.contrib import admin
from django.contrib.auth.views import LoginView, LogoutView
from django.urls import include, path

from intranet import views

urlpatterns = [
    path("", views.home, name="home"),
    path("releases/", views.release, name="release"),
    path("accounts/login/", LoginView.as_view(), name="login"),
    path("accounts/logout/", LogoutView.as_view(), name="logout"),
    path("admin/", admin.site.urls),
    path("team/chat/", include("hubbub.urls")),
]
