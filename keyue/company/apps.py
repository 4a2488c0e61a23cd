from django.apps import AppConfig


class CompanyConfig(AppConfig):
    name = "keyue.company"
    label = "company"
    verbose_name = "公司"
    default_auto_field = "django.db.models.BigAutoField"
