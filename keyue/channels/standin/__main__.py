"""`python -m keyue.channels.standin --port 9000`: the stand-in on this machine. What is typed is said by a customer."""

from __future__ import annotations

import argparse
import sys
import threading
import time
from pathlib import Path
from typing import Any

from keyue.channels.standin.callbacks import Account
from keyue.channels.standin.server import Server
from keyue.channels.standin.state import State
from keyue.kernel import clock

CUSTOMER = "customer-1"


def main() -> None:
    """Serve until interrupted."""
    parser = argparse.ArgumentParser(description="A stand-in for WeChat, WeCom, SMS gateways and robots.")
    parser.add_argument("--port", type=int, default=9000)
    parser.add_argument("--secret", default="standin-secret", help="appsecret, corpsecret, key of robots")
    parser.add_argument("--log", type=Path, help="a file for everything that comes in, a line each")
    parser.add_argument("--callback", help="address of a WeChat channel, from its page")
    parser.add_argument("--token", default="")
    parser.add_argument("--aes-key", default="")
    parser.add_argument("--receiver", default="", help="appid or corpid")
    options = parser.parse_args()
    state = State(options.log, options.secret)
    server = Server(options.port, state)
    print(f"http://127.0.0.1:{options.port}", flush=True)
    if options.callback:
        account = Account(options.callback, options.token, options.receiver, options.aes_key)
        threading.Thread(target=_listen, args=(account, state), daemon=True).start()
        threading.Thread(target=_show, args=(state,), daemon=True).start()
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        print()


def _listen(account: Account, state: State) -> None:
    """Each line that is typed is a message of a customer."""
    import httpx

    number = int(clock.now().timestamp())
    for line in sys.stdin:
        number += 1
        state.heard(CUSTOMER)
        try:
            answer = account.says(CUSTOMER, line.strip(), number)
            said: Any = account.opened(answer.content) if answer.is_success else answer.text
            print(
                f"  {answer.status_code} {said.get('Content', '') if isinstance(said, dict) else said}",
                flush=True,
            )
        except httpx.HTTPError as error:
            print(f"  {type(error).__name__}: {error}", flush=True)


def _show(state: State) -> None:
    """What is answered to the customer."""
    shown = 0
    while True:
        for entry in state.requests[shown:]:
            if entry["path"].endswith("/send"):
                print(f"< {entry['body'].get('text', {}).get('content', entry['body'])}", flush=True)
            shown += 1
        time.sleep(0.3)


if __name__ == "__main__":
    main()
