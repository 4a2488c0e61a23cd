from django.apps import AppConfig


class SalesConfig(AppConfig):
    name = "keyue.sales"
    label = "sales"
    verbose_name = "客户开发"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from django.utils.translation import gettext_lazy as _

        from keyue.customers import area, erasure, managers, sections
        from keyue.customers.sections import Place
        from keyue.people import leaving
        from keyue.people.enums import Permission
        from keyue.promises import subjects
        from keyue.sales import customer_section, leavers, notice_words
        from keyue.sales.actions.leads import forget_customer
        from keyue.sales.actions.opportunities import follow_account_manager as follow_opportunities
        from keyue.sales.actions.pool import follow_account_manager as follow_pool
        from keyue.sales.subject import SUBJECT

        subjects.register(SUBJECT)
        notice_words.register()
        managers.register("sales.pool", follow_pool)
        managers.register("sales.opportunities", follow_opportunities)
        erasure.register("sales", forget_customer)
        leaving.register(leavers.remainders, leavers.hand_over, leavers.needs)
        area.register("sales:leads", _("线索"), Permission.LEAD_REGISTER, order=40)
        area.register("sales:pool", _("公海"), Permission.LEAD_REGISTER, order=50)
        area.register("sales:board", _("商机"), Permission.OPPORTUNITY_EDIT, order=60)
        area.register("sales:funnel", _("漏斗与目标"), Permission.LEAD_REGISTER, order=70)
        sections.register("needs", _("需求与商机"), customer_section.summary, order=40)
        sections.register(
            "needs-all", _("需求、方案与商机"), customer_section.whole, order=40, place=Place.DEALINGS
        )
