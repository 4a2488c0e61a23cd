from django.apps import AppConfig


class OperationsConfig(AppConfig):
    name = "keyue.operations"
    label = "operations"
    verbose_name = "运行"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        # the API lies below this room and cannot ask for it; most commands never assemble it
        from keyue.api.above import routers

        routers["/installation"] = "keyue.operations.api.router"
