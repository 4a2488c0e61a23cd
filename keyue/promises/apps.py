from django.apps import AppConfig


class PromisesConfig(AppConfig):
    name = "keyue.promises"
    label = "promises"
    verbose_name = "约定"
    default_auto_field = "django.db.models.BigAutoField"
