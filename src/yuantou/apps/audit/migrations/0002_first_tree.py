"""The one row that serialises appends exists from the start, so that two first appends cannot race."""

from typing import Any

from django.db import migrations


def plant(apps: Any, schema_editor: Any) -> None:
    apps.get_model("audit", "TreeState").objects.get_or_create(id=1)


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_initial")]
    operations = [migrations.RunPython(plant, migrations.RunPython.noop)]
