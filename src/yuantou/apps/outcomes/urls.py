"""Addresses of outcomes: indicators, dashboards, evaluation."""

from django.urls import path

from yuantou.apps.outcomes import round_views, views

app_name = "outcomes"
urlpatterns = [
    path("", views.national, name="national"),
    path("agency/", views.agencies, name="agencies"),
    path("agency/<str:organisation_id>/", views.agency, name="agency"),
    path("institution/<str:organisation_id>/", views.institution, name="institution"),
    path("programme/<slug:type_id>/", views.programme, name="programme"),
    path("figures/<slug:indicator_id>/", views.figure, name="figure"),
    path("export/<slug:level>/<slug:kind>/", views.export, name="export"),
    path("registry/", views.registry, name="registry"),
    path("checks/", views.checks, name="checks"),
    path("read/", views.read, name="read"),
    path("dossier/<str:project_id>/", views.dossier, name="dossier"),
    path("evaluation/", round_views.rounds, name="rounds"),
    path("evaluation/new/", round_views.new_round, name="new_round"),
    path("evaluation/assess/<str:assessment_id>/", round_views.sheet, name="assess"),
    path("evaluation/assess/<str:assessment_id>/<slug:action>/", round_views.end_assessment, name="end_assessment"),
    path("evaluation/page/<str:check_id>/", round_views.light_check, name="light_check"),
    path("evaluation/portfolio/<str:portfolio_id>/", round_views.portfolio, name="portfolio"),
    path("evaluation/portfolio/<str:portfolio_id>/autosave/", round_views.autosave, name="autosave"),
    path("evaluation/portfolio/<str:portfolio_id>/ask/", round_views.ask, name="ask"),
    path("evaluation/portfolio/<str:portfolio_id>/<slug:action>/", round_views.move_portfolio, name="move_portfolio"),
    path("evaluation/<str:round_id>/", round_views.round_page, name="round"),
    path("evaluation/<str:round_id>/begin/", round_views.begin, name="begin"),
    path("evaluation/<str:round_id>/<slug:action>/", round_views.move_round, name="move_round"),
]
