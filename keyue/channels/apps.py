from django.apps import AppConfig


class ChannelsConfig(AppConfig):
    name = "keyue.channels"
    label = "channels"
    verbose_name = "渠道"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from keyue.channels import folders
        from keyue.channels.webform.plans import limit_plans
        from keyue.conversations import kinds
        from keyue.ledger.actions import register_sender
        from keyue.sales import asking

        for found in folders.brought("kind", "KINDS"):
            for kind in found:
                kinds.register(kind)
        for senders in folders.brought("senders", "SENDERS"):
            for code, send in senders.items():
                register_sender(code, send)
        asking.register("channels", limit_plans)
