from django.apps import AppConfig


class OperationsConfig(AppConfig):
    name = "keyue.operations"
    label = "operations"
    verbose_name = "运行"
    default_auto_field = "django.db.models.BigAutoField"
