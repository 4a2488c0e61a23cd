"""The server's front: live streams on the event loop, everything else on a pool of WSGI threads.

A synchronous view costs about twice the CPU under ASGI; a live stream costs a thread under WSGI. So each goes where
it is cheap, on one port.
"""

from __future__ import annotations

import contextlib
import os
import resource
import signal
import sys
from multiprocessing import parent_process
from threading import Thread

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "keyue.config.settings")

from a2wsgi import WSGIMiddleware
from django.conf import settings
from django.core.asgi import get_asgi_application

from keyue.config.bodies import Receive, Scope, Send, answering_whole
from keyue.config.brief import answering_at_once
from keyue.config.wsgi import application as pages
from keyue.operations.memory import give_back_large_blocks

LIVE = "/live/"


async def too_large(scope: Scope, receive: Receive, send: Send) -> None:
    """The answer to content without a stated length that is more than any page takes."""
    from keyue.api.problems import plain  # Django has to be set up first

    problem = plain(413)
    headers = [(name.lower().encode(), value.encode()) for name, value in problem.items()]
    await send({"type": "http.response.start", "status": problem.status_code, "headers": headers})
    await send({"type": "http.response.body", "body": problem.content})


# the loop, which sends to all live streams, gets its turn soon also while every thread of the pool is at work: by
# default each of them may keep the interpreter for 5 ms
sys.setswitchinterval(0.0005)
give_back_large_blocks()
_live = get_asgi_application()

from keyue.channels.chat import door  # noqa: E402  Django has to be set up first
from keyue.channels.chat import live as chat  # noqa: E402

_threads = WSGIMiddleware(pages, workers=settings.THREADS)  # type: ignore[arg-type]
_pages = answering_at_once(_threads, answering_whole(_threads, too_large))  # type: ignore[arg-type]


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    """ASGI entry point of `keyue serve` and `keyue web`."""
    if scope["type"] == "lifespan":
        await _lifespan(receive, send)
    elif scope["type"] == "http" and scope["path"].startswith(chat.PREFIX):
        await chat.stream(scope, receive, send)
    elif scope["type"] == "http" and door.takes(scope):
        await door.answer(scope, receive, send)
    elif scope["type"] == "http" and scope["path"].startswith(LIVE):
        await _live(scope, receive, send)  # type: ignore[arg-type]
    elif scope["type"] == "http":
        await _pages(scope, receive, send)
    elif scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1000})


async def _lifespan(receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        if message["type"] == "lifespan.startup":
            _end_with_parent()
            _allow_many_connections()
            await send({"type": "lifespan.startup.complete"})
        elif message["type"] == "lifespan.shutdown":
            await send({"type": "lifespan.shutdown.complete"})
            return


def _allow_many_connections() -> None:
    """Thousands of open windows need as many descriptors: take what the system allows, which is seldom what it gives."""
    _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def _end_with_parent() -> None:
    """Let a process of `keyue web --workers N` end when the one that started it is gone.

    Otherwise it would go on answering on the port, with whatever code it was started with, and keep a new start off it.
    """
    parent = parent_process()
    if parent is None:
        return

    def watch() -> None:
        parent.join()
        os.kill(os.getpid(), signal.SIGTERM)

    Thread(target=watch, name="parent", daemon=True).start()
