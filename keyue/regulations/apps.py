from django.apps import AppConfig


class RegulationsConfig(AppConfig):
    name = "keyue.regulations"
    label = "regulations"
    verbose_name = "制度"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from keyue.people import naming
        from keyue.regulations.selectors import named_codes

        naming.register(named_codes)
