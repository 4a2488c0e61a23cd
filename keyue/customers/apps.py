from django.apps import AppConfig


class CustomersConfig(AppConfig):
    name = "keyue.customers"
    label = "customers"
    verbose_name = "客户"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from keyue.customers import leavers
        from keyue.people import leaving

        leaving.register(leavers.remainders, leavers.hand_over, leavers.needs)
