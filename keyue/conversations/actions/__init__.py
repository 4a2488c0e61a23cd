"""Writing channels and conversations: the folders of channels bring what comes in and take out what goes out."""

from keyue.conversations.actions.answering import answer as answer
from keyue.conversations.actions.answering import auto_answer as auto_answer
from keyue.conversations.actions.answering import note_delivery as note_delivery
from keyue.conversations.actions.answering import whisper as whisper
from keyue.conversations.actions.becoming import link_case as link_case
from keyue.conversations.actions.becoming import open_case as open_case
from keyue.conversations.actions.holding import agree_callback as agree_callback
from keyue.conversations.actions.holding import ask_for_person as ask_for_person
from keyue.conversations.actions.holding import end as end
from keyue.conversations.actions.holding import hand_over as hand_over
from keyue.conversations.actions.holding import record_summary as record_summary
from keyue.conversations.actions.holding import take as take
from keyue.conversations.actions.keeping import change_channel as change_channel
from keyue.conversations.actions.keeping import close_channel as close_channel
from keyue.conversations.actions.keeping import hand_over_channels as hand_over_channels
from keyue.conversations.actions.keeping import note_failure as note_failure
from keyue.conversations.actions.keeping import note_restored as note_restored
from keyue.conversations.actions.keeping import open_channel as open_channel
from keyue.conversations.actions.keeping import view_channel as view_channel
from keyue.conversations.actions.knowing import know as know
from keyue.conversations.actions.knowing import unknow as unknow
from keyue.conversations.actions.receiving import Incoming as Incoming
from keyue.conversations.actions.receiving import Received as Received
from keyue.conversations.actions.receiving import receive as receive
