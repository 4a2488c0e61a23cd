from django.apps import AppConfig


class ComplianceConfig(AppConfig):
    name = "keyue.compliance"
    label = "compliance"
    verbose_name = "制度履约"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from keyue.compliance.subject import SUBJECT
        from keyue.promises import subjects

        subjects.register(SUBJECT)
