"""Addresses of the record: people, organisations, works."""

from django.urls import path

from yuantou.apps.registry import views

app_name = "registry"
urlpatterns = [
    path("", views.people, name="people"),
    path("edit/", views.edit, name="edit"),
    path("career/", views.career, name="career"),
    path("institutions/add/", views.add_affiliation, name="add_affiliation"),
    path("institutions/<int:affiliation_id>/", views.affiliation, name="affiliation"),
    path("organisations/", views.organisations, name="organisations"),
    path("organisations/<str:organisation_id>/", views.organisation, name="organisation"),
    path("works/<str:work_id>/", views.work, name="work"),
    path("<str:person_id>/", views.person, name="person"),
]
