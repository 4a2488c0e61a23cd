"""WSGI entry point: the pages and the API."""

import gc
import os

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "keyue.config.settings")
application = get_wsgi_application()

# all pages are put together before the address answers, not while the first visitor waits; what that makes stays, and
# looking through it for rubbish would take as long again
gc.disable()
_ = get_resolver().url_patterns
gc.freeze()
gc.enable()
