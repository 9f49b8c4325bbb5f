"""The pages' URLs, under any prefix: `path("chat/", include("hubbub.urls"))`.

A room's page is one segment, whatever its name, and a number after it is a message; everything else begins with "-/",
so that no room's name is taken.
"""

from django.urls import path

from hubbub import views

app_name = "hubbub"

urlpatterns = [
    path("", views.rooms, name="rooms"),
    path("-/attention/", views.attention, name="attention"),
    path("-/completions/", views.completions, name="completions"),
    path("-/mentions/", views.mentions, name="mentions"),
    path("-/name/", views.name, name="name"),
    path("-/new/", views.new_room, name="new_room"),
    path("-/direct/", views.direct, name="direct"),
    path("-/invitation/<str:token>/", views.invitation, name="invitation"),
    path("-/read/", views.read_all, name="read_all"),
    path("-/room/<str:id>/", views.address, name="address"),
    path("-/room/<str:id>/<int:seq>/", views.message_at_address, name="message_at_address"),
    path("-/room/<str:id>/-/about/", views.about_at_address, name="about_at_address"),
    path("-/room/<str:id>/-/pins/", views.pins_at_address, name="pins_at_address"),
    path("-/room/<str:id>/-/acts/", views.acts_at_address, name="acts_at_address"),
    path("-/parts/<str:language>/<str:version>.js", views.parts, name="parts"),
    path("-/people/", views.people, name="people"),
    path("-/people/<str:id>/", views.person, name="person"),
    path("-/people/<str:id>/direct/", views.direct_with, name="direct_with"),
    path("-/people/<str:id>/block/", views.block, name="block"),
    path("-/profile/", views.profile, name="profile"),
    path("-/message/<int:id>/", views.deeds, name="deeds"),
    path("-/search/", views.search, name="search"),
    path("-/whom/", views.whom, name="whom"),
    path("-/switcher/", views.switcher, name="switcher"),
    path("<str:room>/", views.room, name="room"),
    path("<str:room>/-/about/", views.about, name="about"),
    path("<str:room>/-/pins/", views.pins, name="pins"),
    path("<str:room>/-/acts/", views.acts, name="acts"),
    path("<str:room>/<int:seq>/", views.message, name="message"),
]
