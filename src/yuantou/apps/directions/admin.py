"""Directions for operators: to look at, never to change."""

from django.contrib import admin

from yuantou.apps.directions.models import Question
from yuantou.apps.looking import ReadOnly


@admin.register(Question)
class QuestionAdmin(ReadOnly):
    list_display = ("id", "title_zh", "state", "agency", "review_on")
