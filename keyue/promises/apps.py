from django.apps import AppConfig


class PromisesConfig(AppConfig):
    name = "keyue.promises"
    label = "promises"
    verbose_name = "约定"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from keyue.people import leaving
        from keyue.promises import leavers
        from keyue.promises.actions import hand_over

        leaving.register(leavers.remainders, hand_over, leavers.needs)
