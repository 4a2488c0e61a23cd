from django.apps import AppConfig


class CasesConfig(AppConfig):
    name = "keyue.cases"
    label = "cases"
    verbose_name = "事项"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from keyue.cases.actions.projecting import SUBJECT
        from keyue.promises import subjects

        subjects.register(SUBJECT)
