from django.apps import AppConfig


class ComplianceConfig(AppConfig):
    name = "keyue.compliance"
    label = "compliance"
    verbose_name = "制度履约"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from keyue.compliance import rules  # noqa: F401  declares what is recorded about the company
        from keyue.compliance.actions.telling import tell_of_edition
        from keyue.compliance.subject import SUBJECT
        from keyue.promises import subjects
        from keyue.regulations import telling

        subjects.register(SUBJECT)
        telling.register(tell_of_edition)
