"""Addresses of review."""

from django.urls import path

from yuantou.apps.review import nomination_views, reviewer_views, room_views, views

app_name = "review"
urlpatterns = [
    path("", reviewer_views.mine, name="mine"),
    path("experts/", views.experts, name="experts"),
    path("experts/<str:expert_id>/", views.expert, name="expert"),
    path("calls/<str:call_id>/", views.room, name="room"),
    path("calls/<str:call_id>/start/", views.start, name="start"),
    path("calls/<str:call_id>/release/", views.release, name="release"),
    path("calls/<str:call_id>/compare/", room_views.comparison, name="compare"),
    path("calls/<str:call_id>/pool/", room_views.pool, name="pool"),
    path("calls/<str:call_id>/nominations/", nomination_views.nominated, name="nominations"),
    path(
        "calls/<str:call_id>/nominations/<int:nomination_id>/take-back/", nomination_views.take_back, name="take_back"
    ),
    path("calls/<str:call_id>/ratings.csv", room_views.ratings, name="familiarity"),
    path("calls/<str:call_id>/repair/", room_views.repair, name="repair"),
    path("calls/<str:call_id>/progress/", views.progress, name="progress"),
    path("calls/<str:call_id>/remind/", views.remind, name="remind"),
    path("calls/<str:call_id>/finish/", views.finish, name="finish"),
    path("proposals/<str:proposal_id>/", views.proposal, name="proposal"),
    path("proposals/<str:proposal_id>/assign/", views.assign, name="assign"),
    path("proposals/<str:proposal_id>/change/", room_views.change, name="change"),
    path("proposals/<str:proposal_id>/bar/", room_views.bar, name="bar"),
    path("conflicts/<int:conflict_id>/", views.conflict, name="conflict"),
    path("<str:assignment_id>/", reviewer_views.assignment, name="assignment"),
    path("<str:assignment_id>/accept/", reviewer_views.accept, name="accept"),
    path("<str:assignment_id>/refuse/", reviewer_views.refuse, name="refuse"),
    path("<str:assignment_id>/autosave/", reviewer_views.autosave, name="autosave"),
    path("<str:assignment_id>/submit/", reviewer_views.submit, name="submit"),
    path("<str:assignment_id>/cancel/", views.cancel, name="cancel"),
    path("<str:assignment_id>/lock/", room_views.lock, name="lock"),
    path("<str:assignment_id>/reopen/", views.reopen, name="reopen"),
    path("<str:assignment_id>/read/", views.read, name="read"),
]
