from django.apps import AppConfig


class CasesConfig(AppConfig):
    name = "keyue.cases"
    label = "cases"
    verbose_name = "事项"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from django.utils.translation import pgettext_lazy

        from keyue.cases import customer_section
        from keyue.cases.actions.erasing import forget_customer
        from keyue.cases.actions.managers import follow_account_manager, hand_over_cases
        from keyue.cases.actions.projecting import SUBJECT
        from keyue.cases.leavers import remainders
        from keyue.customers import erasure, managers, sections
        from keyue.people import leaving
        from keyue.promises import subjects

        subjects.register(SUBJECT)
        managers.register("cases", follow_account_manager)
        leaving.register(remainders, hand_over_cases)
        erasure.register("cases", forget_customer)
        sections.register("cases", pgettext_lazy("列表", "事项"), customer_section.render, order=10)
