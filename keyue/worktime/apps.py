from django.apps import AppConfig


class WorktimeConfig(AppConfig):
    name = "keyue.worktime"
    label = "worktime"
    verbose_name = "工作时间"
    default_auto_field = "django.db.models.BigAutoField"
