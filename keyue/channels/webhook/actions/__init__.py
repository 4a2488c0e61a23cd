"""Writing outlets and their log, and what comes in by callbacks."""

from keyue.channels.webhook.actions.incoming import attach as attach
from keyue.channels.webhook.actions.incoming import keep_unread as keep_unread
from keyue.channels.webhook.actions.incoming import make_channel_secret as make_channel_secret
from keyue.channels.webhook.actions.incoming import put_aside as put_aside
from keyue.channels.webhook.actions.outlets import change_outlet as change_outlet
from keyue.channels.webhook.actions.outlets import close_outlet as close_outlet
from keyue.channels.webhook.actions.outlets import make_secret as make_secret
from keyue.channels.webhook.actions.outlets import open_outlet as open_outlet
from keyue.channels.webhook.actions.pushing import collect as collect
from keyue.channels.webhook.actions.pushing import note_attempt as note_attempt
from keyue.channels.webhook.actions.pushing import note_given_up as note_given_up
from keyue.channels.webhook.actions.pushing import replay as replay
