"""Addresses of projects."""

from django.urls import path

from yuantou.apps.projects import desk_views, views

app_name = "projects"
urlpatterns = [
    path("", views.everybody, name="everybody"),
    path("mine/", views.mine, name="mine"),
    path("desk/", desk_views.desk, name="desk"),
    path("institution/", desk_views.institution, name="institution"),
    path("calls/<str:call_id>/gates/<slug:plan_id>/", desk_views.compare, name="compare"),
    path("<str:project_id>/", views.detail, name="detail"),
    path("<str:project_id>/agreement/", views.agreement_page, name="agreement"),
    path("<str:project_id>/reports/<str:key>/", views.report, name="report"),
    path("<str:project_id>/reports/<str:key>/autosave/", views.autosave, name="autosave"),
    path("<str:project_id>/gates/<str:key>/", views.gate, name="gate"),
    path("<str:project_id>/opinions/<str:key>/", views.verdict, name="verdict"),
    path("<str:project_id>/change/", views.change, name="change"),
    path("<str:project_id>/closure/", views.closure_page, name="closure"),
    path("<str:project_id>/experts/", desk_views.experts, name="experts"),
    path("<str:project_id>/do/<slug:verb>/", views.act, name="act"),
]
