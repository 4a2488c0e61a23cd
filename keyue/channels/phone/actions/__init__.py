"""Writing calls and plans of hotlines."""

from keyue.channels.phone.actions.entering import Entered as Entered
from keyue.channels.phone.actions.entering import enter_call as enter_call
from keyue.channels.phone.actions.entering import take_event as take_event
from keyue.channels.phone.actions.planning import plan_shift as plan_shift
from keyue.channels.phone.actions.planning import plan_shifts as plan_shifts
from keyue.channels.phone.actions.planning import remove_shift as remove_shift
from keyue.channels.phone.actions.watching import watch as watch
