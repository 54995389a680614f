"""Addresses of programme types and of the ledger of a record."""

from django.urls import path

from yuantou.apps.workflow import editor_views, views

app_name = "workflow"
urlpatterns = [
    path("types/", views.types, name="types"),
    path("types/<slug:type_id>/<int:version>/", views.type_, name="type"),
    path("types/<slug:type_id>/<int:version>/source.toml", views.source, name="source"),
    path("types/<slug:type_id>/<int:version>/edit/", editor_views.start, name="start_draft"),
    path("types/<slug:type_id>/compare/<int:old>/<int:new>/", editor_views.compare_, name="compare"),
    path("types/drafts/", editor_views.drafts, name="drafts"),
    path("types/drafts/<str:draft_id>/", editor_views.draft, name="draft"),
    path("types/drafts/<str:draft_id>/try/", editor_views.try_, name="try"),
    path("types/drafts/<str:draft_id>/<str:verb>/", editor_views.act, name="act"),
    path("undo/all/<slug:machine>/", views.undo_many_, name="undo_many"),
    path("undo/<int:cause>/", views.undo_, name="undo"),
    path("ledger/<str:kind>/<str:key>/", views.ledger, name="ledger"),
]
