"""What every form carries: the token against forgery, and the key that makes it work once."""

from django import template
from django.template.defaulttags import CsrfTokenNode
from django.utils.html import format_html
from django.utils.safestring import SafeString

from yuantou.apps.workflow.once import FIELD, key_of

register = template.Library()


@register.simple_tag(takes_context=True)
def csrf_token(context: template.Context) -> SafeString:
    """Print both; it stands for Django's own tag in every template, so that no form can lack the key."""
    token = SafeString(CsrfTokenNode().render(context))
    key = key_of(context["request"]) if token else ""
    return token + format_html('<input type="hidden" name="{}" value="{}">', FIELD, key) if key else token
