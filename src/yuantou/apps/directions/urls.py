"""Addresses of the directions room and of the literature."""

from django.urls import path

from yuantou.apps.directions import literature_views as literature
from yuantou.apps.directions import views

app_name = "directions"
urlpatterns = [
    path("", views.register, name="register"),
    path("write/<str:agency_id>/", views.write, name="write"),
    path("question/<str:key>/", views.question, name="question"),
    path("question/<str:key>/edit/", views.edit, name="edit"),
    path("question/<str:key>/do/<str:verb>/", views.act, name="act"),
    path("round/plan/<str:agency_id>/", views.plan, name="plan"),
    path("round/<str:key>/", views.consultation, name="consultation"),
    path("round/<str:key>/do/<str:verb>/", views.act_on_consultation, name="act_on_consultation"),
    path("literature/", literature.search, name="search"),
    path("literature/map/", literature.atlas_map, name="map"),
    path("literature/map/points.bin", literature.points, name="points"),
    path("literature/map/mask.bin", literature.mask, name="mask"),
    path("literature/map/map.json", literature.map_json, name="map_json"),
    path("literature/map/vosviewer.json", literature.vosviewer, name="vosviewer"),
    path("literature/map/map.svg", literature.map_svg, name="map_svg"),
    path("literature/topic/<int:number>/", literature.topic, name="topic"),
    path("literature/frontier/", literature.frontier, name="frontier"),
    path("literature/frontier/<int:place>/", literature.evidence, name="evidence"),
    path("literature/fields/", literature.fields, name="fields"),
    path("literature/partners/", literature.partners, name="partners"),
]
