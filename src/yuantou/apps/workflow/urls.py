"""Addresses of programme types and of the ledger of a record."""

from django.urls import path

from yuantou.apps.workflow import views

app_name = "workflow"
urlpatterns = [
    path("types/", views.types, name="types"),
    path("types/<slug:type_id>/<int:version>/", views.type_, name="type"),
    path("types/<slug:type_id>/<int:version>/source.toml", views.source, name="source"),
    path("ledger/<str:kind>/<str:key>/", views.ledger, name="ledger"),
]
