"""The record for operators."""

from typing import ClassVar

from django.contrib import admin

from yuantou.apps.registry.models import Affiliation, Authorship, Discipline, Organisation, Person, Work


class AffiliationInline(admin.TabularInline[Affiliation, Person]):
    model = Affiliation
    extra = 0
    autocomplete_fields: ClassVar = ["organisation"]


class AuthorshipInline(admin.TabularInline[Authorship, Work]):
    model = Authorship
    extra = 0
    autocomplete_fields: ClassVar = ["person"]


@admin.register(Person)
class PersonAdmin(admin.ModelAdmin[Person]):
    list_display = ["id", "name_zh", "name_en", "orcid", "email", "fictional"]
    list_filter = ["fictional"]
    search_fields = ["name_zh", "name_en", "orcid", "email"]
    inlines = [AffiliationInline]


@admin.register(Organisation)
class OrganisationAdmin(admin.ModelAdmin[Organisation]):
    list_display = ["id", "name_zh", "name_en", "ror", "parent", "city", "country"]
    list_filter = ["country"]
    list_select_related = ["parent"]
    search_fields = ["name_zh", "name_en", "ror", "city"]
    autocomplete_fields: ClassVar = ["parent"]


@admin.register(Discipline)
class DisciplineAdmin(admin.ModelAdmin[Discipline]):
    list_display = ["code", "name_zh", "name_en", "parent"]
    search_fields = ["code", "name_zh", "name_en"]


@admin.register(Work)
class WorkAdmin(admin.ModelAdmin[Work]):
    list_display = ["id", "title", "year", "doi", "venue"]
    search_fields = ["title", "doi"]
    inlines = [AuthorshipInline]
