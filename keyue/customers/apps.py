from django.apps import AppConfig


class CustomersConfig(AppConfig):
    name = "keyue.customers"
    label = "customers"
    verbose_name = "客户"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from django.utils.translation import gettext_lazy as _

        from keyue.customers import area, guard_words, header, identity_ready, leavers, upkeep_ready
        from keyue.customers.acts import own_acts
        from keyue.customers.known_names import known_names
        from keyue.customers.person_subject import SUBJECT as PEOPLE
        from keyue.customers.subject import SUBJECT
        from keyue.knowledge import known_people
        from keyue.people import leaving
        from keyue.people.enums import Permission
        from keyue.promises import subjects

        subjects.register(SUBJECT)
        header.register("customers", own_acts, order=50)
        subjects.register(PEOPLE)
        guard_words.register()
        area.register("customers:list", _("全部客户"), Permission.CUSTOMER_VIEW, order=0)
        leaving.register(leavers.remainders, leavers.hand_over, leavers.needs)
        known_people.register("customers", known_names)
        upkeep_ready.register()
        identity_ready.register()
