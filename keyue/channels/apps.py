from django.apps import AppConfig


class ChannelsConfig(AppConfig):
    name = "keyue.channels"
    label = "channels"
    verbose_name = "渠道"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from keyue.channels.chat.kind import CHAT
        from keyue.channels.email.mailbox import MAILBOX
        from keyue.channels.email.rights import send_code_mail, send_request_mail
        from keyue.channels.email.sending import send_case_mail, send_notices
        from keyue.channels.webform.plans import limit_plans
        from keyue.conversations import kinds
        from keyue.ledger.actions import register_sender
        from keyue.sales import asking

        kinds.register(CHAT)
        kinds.register(MAILBOX)
        register_sender("mail.case", send_case_mail)
        register_sender("mail.notices", send_notices)
        register_sender("mail.privacy_code", send_code_mail)
        register_sender("mail.privacy", send_request_mail)
        asking.register("channels", limit_plans)
