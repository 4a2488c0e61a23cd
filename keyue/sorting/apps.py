from django.apps import AppConfig


class SortingConfig(AppConfig):
    name = "keyue.sorting"
    label = "sorting"
    verbose_name = "分拣"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from django.utils.translation import gettext_lazy as _

        from keyue.customers import erasure
        from keyue.promises import told
        from keyue.sorting.actions.forgetting import forget_customer

        erasure.register("sorting", forget_customer)
        told.register("sorting_alarm", _("%(days)d 天内有 %(n)d 件相似的事项：%(words)s"), "sorting:problem")
