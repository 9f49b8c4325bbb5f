"""The pages' URLs, under any prefix: `path("chat/", include("hubbub.urls"))`.

A room's page is one segment, whatever its name; everything else has two, so that no room's name is taken.
"""

from django.urls import path

from hubbub import views

app_name = "hubbub"

urlpatterns = [
    path("", views.rooms, name="rooms"),
    path("-/name/", views.name, name="name"),
    path("-/room/<str:id>/", views.address, name="address"),
    path("<str:room>/", views.room, name="room"),
]
