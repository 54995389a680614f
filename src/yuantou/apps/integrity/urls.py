"""Addresses of research integrity."""

from django.urls import path

from yuantou.apps.integrity import case_views, views

app_name = "integrity"
urlpatterns = [
    path("", views.mine, name="mine"),
    path("desk/", views.desk, name="desk"),
    path("drafts/<str:proposal_id>/", views.draft, name="draft"),
    path("findings/<str:finding_id>/", views.finding, name="finding"),
    path("findings/<str:finding_id>/do/<slug:verb>/", views.act_on_finding, name="act_on_finding"),
    path("report/", case_views.report, name="report"),
    path("status/", case_views.status, name="status"),
    path("training/", case_views.trainings, name="trainings"),
    path("cases/<str:case_id>/", case_views.case, name="case"),
    path("cases/<str:case_id>/do/<slug:verb>/", case_views.act_on_case, name="act_on_case"),
    path("cases/<str:case_id>/files/<str:file_id>/", case_views.case_file, name="file"),
]
