from django.apps import AppConfig


class CasesConfig(AppConfig):
    name = "keyue.cases"
    label = "cases"
    verbose_name = "事项"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from django.utils.translation import gettext_lazy as _
        from django.utils.translation import pgettext_lazy

        from keyue.cases import customer_section, ready_words
        from keyue.cases import holdings as held
        from keyue.cases.actions.erasing import forget_customer
        from keyue.cases.actions.managers import follow_account_manager, hand_over_cases
        from keyue.cases.actions.projecting import SUBJECT
        from keyue.cases.heard import open_case
        from keyue.cases.leavers import remainders
        from keyue.cases.weighed import complaints
        from keyue.contracts import opening
        from keyue.customers import dealings as timeline
        from keyue.customers import erasure, header, managers, sections
        from keyue.grading import measures
        from keyue.knowledge import speech
        from keyue.people import leaving
        from keyue.privacy import holdings, last_dealings
        from keyue.promises import subjects

        subjects.register(SUBJECT)
        measures.register("complaints", measures.COMPLAINTS, measures.Kind.NUMBER, complaints)
        managers.register("cases", follow_account_manager)
        leaving.register(remainders, hand_over_cases)
        erasure.register("cases", forget_customer)
        header.register("cases", customer_section.acts, order=10)
        header.register_flags("cases", customer_section.flags)
        opening.register(open_case)
        timeline.register("cases", timeline.Of.CASES, customer_section.dealings)
        sections.register(
            "cases",
            pgettext_lazy("列表", "事项"),
            customer_section.render,
            order=10,
            place=sections.Place.DEALINGS,
        )
        sections.register(
            "satisfaction",
            _("满意度"),
            customer_section.satisfaction,
            order=50,
            place=sections.Place.ASIDE,
        )
        holdings.register("cases", held.gather)
        last_dealings.register("cases", held.last_dealings)
        speech.register_ways("cases", ready_words.ways)
        speech.register_about("case", ready_words.about)
