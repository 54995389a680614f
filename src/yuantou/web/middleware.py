"""Turns the platform's own errors into pages a person can act on."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from yuantou.apps.language import page_language
from yuantou.kernel.errors import NotAllowedError, StaleError, YuantouError


class ErrorMiddleware:
    """Answers 403 for what is not allowed, 409 for stale edits and 422 for other errors a user may see."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Render an error page (or a part for htmx) with message and remedy."""
        if not isinstance(exception, YuantouError):
            return None
        status = {NotAllowedError: 403, StaleError: 409}.get(type(exception), 422)
        language = page_language()
        context = {
            "message": exception.message.in_language(language),
            "remedy": exception.remedy.in_language(language),
            "problems": [problem.text(language) for problem in exception.problems],
            "status": status,
        }
        return render(request, "errors/yuantou_error.html", context, status=status)
