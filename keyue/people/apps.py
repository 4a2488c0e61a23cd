from django.apps import AppConfig


class PeopleConfig(AppConfig):
    name = "keyue.people"
    label = "people"
    verbose_name = "人员"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from keyue.people import checks  # noqa: F401  registers itself
