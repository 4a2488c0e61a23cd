from django.apps import AppConfig


class ConversationsConfig(AppConfig):
    name = "keyue.conversations"
    label = "conversations"
    verbose_name = "会话"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from keyue.conversations import leavers, ready_words
        from keyue.conversations.actions.answering import OUTBOX
        from keyue.conversations.actions.erasing import forget_customer
        from keyue.conversations.sending import send_line
        from keyue.conversations.subject import CHANNEL_SUBJECT, CONVERSATION_SUBJECT
        from keyue.customers import erasure
        from keyue.knowledge import speech
        from keyue.ledger.actions import register_sender
        from keyue.people import leaving
        from keyue.promises import subjects

        subjects.register(CHANNEL_SUBJECT)
        subjects.register(CONVERSATION_SUBJECT)
        register_sender(OUTBOX, send_line)
        erasure.register("conversations", forget_customer)
        speech.register_ways("conversations", ready_words.ways)
        speech.register_about("conversation", ready_words.about)
        leaving.register(leavers.remainders, leavers.hand_over, leavers.needs)
