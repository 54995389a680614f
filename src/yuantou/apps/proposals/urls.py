"""Addresses of proposals: of their applicants, of the research office, and of the formal check of a call."""

from django.urls import include, path

from yuantou.apps.proposals import desk_views, statement_views, views

app_name = "proposals"
applicant = [
    path("", views.mine, name="mine"),
    path("start/<str:call_id>/", views.start, name="start"),
    path("invitation/<str:member_id>/", views.invitation, name="invitation"),
    path("statement/<str:statement_id>/", statement_views.statement, name="statement"),
    path("<str:proposal_id>/statement/<str:field>/ask/", statement_views.ask, name="ask_statement"),
    path("<str:proposal_id>/", views.detail, name="detail"),
    path("<str:proposal_id>/edit/", views.edit, name="edit"),
    path("<str:proposal_id>/autosave/", views.autosave, name="autosave"),
    path("<str:proposal_id>/missing/", views.missing, name="missing"),
    path("<str:proposal_id>/invite/", views.invite, name="invite"),
    path("<str:proposal_id>/members/<str:member_id>/remove/", views.remove_member, name="remove_member"),
    path("<str:proposal_id>/attach/", views.attach, name="attach"),
    path("<str:proposal_id>/files/<str:attachment_id>/", views.attachment, name="attachment"),
    path("<str:proposal_id>/files/<str:attachment_id>/detach/", views.detach, name="detach"),
    path("<str:proposal_id>/submit/", views.submit, name="submit"),
    path("<str:proposal_id>/receipt/", views.receipt, name="receipt"),
    path("<str:proposal_id>/receipt.json", views.receipt_json, name="receipt_json"),
    path("<str:proposal_id>/withdraw/", views.withdraw, name="withdraw"),
    path("<str:proposal_id>/pdf/", views.pdf, name="pdf"),
]
institution = [
    path("", desk_views.institution, name="institution"),
    path("endorse/", desk_views.endorse, name="endorse"),
    path("return/", desk_views.return_, name="return"),
]
formal_check = [
    path("", desk_views.formal_check, name="formal_check"),
    path("accept/", desk_views.accept, name="accept"),
    path("reject/", desk_views.reject, name="reject"),
]
urlpatterns = [
    path("proposals/", include(applicant)),
    path("institution/", include(institution)),
    path("calls/<str:call_id>/check/", include(formal_check)),
]
