"""Addresses of the ledger."""

from django.urls import path

from yuantou.apps.audit import views

app_name = "audit"
urlpatterns = [
    path("", views.heads, name="heads"),
    path("heads.json", views.heads_json, name="heads_json"),
    path("heads/<int:size>/", views.head, name="head"),
    path("heads/<int:size>/head.txt", views.head_text, name="head_text"),
    path("heads/<int:size>/head.tsr", views.stamp, name="stamp"),
    path("proof/<int:index>.json", views.proof, name="proof"),
]
