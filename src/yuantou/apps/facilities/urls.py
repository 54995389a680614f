"""Addresses of facilities."""

from django.urls import path

from yuantou.apps.facilities import plan_views, report_views, use_views, views

app_name = "facilities"
urlpatterns = [
    path("", views.register_list, name="list"),
    path("new/<str:organisation_id>/", views.new_facility, name="new"),
    path("purchases/", views.purchases, name="purchases"),
    path("purchases/<str:purchase_id>/", views.decide_purchase, name="decide_purchase"),
    path("mine/", use_views.mine, name="mine"),
    path("mine/feed/", use_views.new_feed, name="new_feed"),
    path("calendar/<str:secret>.ics", use_views.feed, name="feed"),
    path("instruments/<str:instrument_id>/", views.instrument, name="instrument"),
    path("instruments/<str:instrument_id>/pidinst.json", views.pidinst, name="pidinst"),
    path("instruments/<str:instrument_id>/do/<slug:verb>/", views.act_on_instrument, name="act_on_instrument"),
    path("requests/<str:request_id>/", use_views.time_request, name="request"),
    path("requests/<str:request_id>/do/<slug:verb>/", use_views.act_on_request, name="act_on_request"),
    path("bookings/<str:booking_id>/", use_views.booking, name="booking"),
    path("bookings/<str:booking_id>/do/<slug:verb>/", use_views.act_on_booking, name="act_on_booking"),
    path("plans/<str:plan_id>/", plan_views.plan, name="plan"),
    path("plans/<str:plan_id>/effect/", plan_views.effect, name="effect"),
    path("plans/<str:plan_id>/month/", plan_views.month, name="month"),
    path("plans/<str:plan_id>/waiting/", plan_views.waiting, name="waiting"),
    path("plans/<str:plan_id>/do/<slug:verb>/", plan_views.act, name="act"),
    path("reports/<str:report_id>/", report_views.report, name="report"),
    path("reports/<str:report_id>/<slug:indicator>/", report_views.events, name="report_events"),
    path("<str:facility_id>/reports/", report_views.reports, name="reports"),
    path("<str:facility_id>/", views.facility, name="facility"),
    path("<str:facility_id>/instruments/new/", views.edit_instrument, name="new_instrument"),
    path("<str:facility_id>/instruments/<str:instrument_id>/", views.edit_instrument, name="edit_instrument"),
    path("<str:facility_id>/requests/", plan_views.requests_desk, name="requests"),
    path("<str:facility_id>/plans/", plan_views.new_plan, name="new_plan"),
    path("<str:facility_id>/do/<slug:verb>/", views.act_on_facility, name="act_on_facility"),
]
