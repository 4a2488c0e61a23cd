from django.apps import AppConfig


class ContractsConfig(AppConfig):
    name = "keyue.contracts"
    label = "contracts"
    verbose_name = "合同与项目"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from django.utils.translation import gettext_lazy as _

        from keyue.contracts import customer_section, dealings, leavers, levels, merging, places, worth
        from keyue.contracts.subject import CONTRACT_SUBJECT, PROJECT_SUBJECT
        from keyue.customers import area, changes, sections
        from keyue.customers import dealings as timeline
        from keyue.customers.sections import Place
        from keyue.grading import measures
        from keyue.people import leaving
        from keyue.people.enums import Permission
        from keyue.promises import subjects
        from keyue.regulations import scoped

        measures.register("signed_amount", measures.SIGNED_AMOUNT, measures.Kind.NUMBER, worth.signed_amounts)
        subjects.register(CONTRACT_SUBJECT)
        subjects.register(PROJECT_SUBJECT)
        scoped.register(levels.PREFIX, places.clause_url)
        leaving.register(leavers.remainders, leavers.hand_over, leavers.needs)
        area.register("contracts:contracts", _("合同"), Permission.CONTRACT_VIEW, order=40)
        area.register("contracts:projects", _("项目"), Permission.CONTRACT_VIEW, order=50)
        changes.register("contracts", merging.follow)
        timeline.register("contracts", timeline.Of.CONTACTS, dealings.talks)
        sections.register("contracts", _("合同与项目"), customer_section.overview, order=30)
        sections.register(
            "contract-list", _("合同"), customer_section.contracts, order=10, place=Place.CONTRACTS
        )
        sections.register(
            "project-list", _("项目"), customer_section.projects, order=20, place=Place.CONTRACTS
        )
