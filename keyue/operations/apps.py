from django.apps import AppConfig


class OperationsConfig(AppConfig):
    name = "keyue.operations"
    label = "operations"
    verbose_name = "运行"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        # the API lies below this room and cannot ask for it
        from keyue.api.assembly import api
        from keyue.operations.api import router

        api.add_router("/installation", router)
