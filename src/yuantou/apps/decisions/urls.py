"""Addresses of decisions."""

from django.urls import path

from yuantou.apps.decisions import agenda_views, chart_views, draw_views, process_views, views, what_if_views

app_name = "decisions"
urlpatterns = [
    path("awards/", views.awards, name="awards"),
    path("awards.csv", views.awards_csv, name="awards_csv"),
    path("awards/<str:proposal_id>/", views.award, name="award"),
    path("calls/<str:call_id>/", views.room, name="room"),
    path("calls/<str:call_id>/agenda/", agenda_views.agenda, name="agenda"),
    path("calls/<str:call_id>/pictures/", chart_views.pictures, name="pictures"),
    path("calls/<str:call_id>/behind/<str:proposal_id>/", chart_views.behind, name="behind"),
    path("calls/<str:call_id>/reviewers/<str:name>/", chart_views.judge, name="judge"),
    path("calls/<str:call_id>/what-if/", what_if_views.what_if, name="what_if"),
    path("calls/<str:call_id>/process/", process_views.process_, name="process"),
    path("calls/<str:call_id>/rank/", views.start, name="start"),
    path("calls/<str:call_id>/draft/", views.draft, name="draft"),
    path("calls/<str:call_id>/replay/", views.replay, name="replay"),
    path("change/<int:decision_id>/", views.change, name="change"),
    path("lists/<str:list_id>/sign/", views.sign, name="sign"),
    path("lists/<str:list_id>/record.zip", views.record, name="record"),
    path("lists/<str:list_id>/publish/", views.publish, name="publish"),
    path("lists/<str:list_id>/commit/", draw_views.commit, name="commit"),
    path("lists/<str:list_id>/freeze/", draw_views.freeze, name="freeze"),
    path("lists/<str:list_id>/reveal/", draw_views.reveal, name="reveal"),
    path("lists/<str:list_id>/lost/", draw_views.lost, name="lost"),
    path("lists/<str:list_id>/pulse/", draw_views.enter, name="pulse"),
    path("lists/<str:list_id>/verify/", draw_views.verify, name="verify"),
    path("lists/<str:list_id>/draw.json", draw_views.document, name="document"),
    path("outcome/<str:proposal_id>/", views.outcome, name="outcome"),
]
