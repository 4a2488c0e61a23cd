"""Real mail servers on loopback: Dovecot for IMAP, Postfix for SMTP, with accounts, TLS and a way to lose the network.

Both run from a temporary directory with settings of their own; those of the machine are not read. Postfix takes mail for the
accounts by its submission port and delivers it into Dovecot's folders, as a provider does.
"""

from __future__ import annotations

import contextlib
import imaplib
import os
import shutil
import signal
import smtplib
import socket
import ssl
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from ipaddress import ip_address
from pathlib import Path

import pytest

from tests.support import needs
from tests.support.ports import free_port

PASSWORD = "a-long-one-4711"
BEYOND_ASCII = "chinese@chengchuan.example"
PASSWORD_BEYOND_ASCII = "密码 \"9\\'x"
DOMAIN = "chengchuan.example"
SERVICE, SALES = f"service@{DOMAIN}", f"sales@{DOMAIN}"
CUSTOMER, OTHER = "zhou.xubai@beiyu.example", "li.wen@yuanshan.example"
GONE = "gone@beiyu.example"
ACCOUNTS = (SERVICE, SALES, CUSTOMER, OTHER)
NOBODY = 65534
READY = 20.0

DOVECOT = """
base_dir = {home}/run
state_dir = {home}/state
log_path = {home}/dovecot.log
protocols = imap
listen = 127.0.0.1
ssl = yes
ssl_cert = <{home}/cert.pem
ssl_key = <{home}/key.pem
disable_plaintext_auth = no
auth_mechanisms = plain login xoauth2 oauthbearer
mail_location = maildir:{home}/mail/%u/Maildir
mail_uid = 65534
mail_gid = 65534
first_valid_uid = 100
mail_fsync = never
mailbox_list_index = no
passdb {{
  driver = passwd-file
  args = scheme=PLAIN username_format=%u {home}/users
}}
passdb {{
  driver = oauth2
  mechanisms = xoauth2 oauthbearer
  args = {home}/oauth2.conf
}}
userdb {{
  driver = static
  args = uid=65534 gid=65534 home={home}/mail/%u
}}
service imap-login {{
  inet_listener imap {{
    port = {imap}
  }}
  inet_listener imaps {{
    port = {imaps}
    ssl = yes
  }}
}}
service auth {{
  unix_listener {home}/sasl {{
    mode = 0666
  }}
}}
service stats {{
  unix_listener stats-writer {{
    mode = 0666
  }}
}}
namespace inbox {{
  inbox = yes
  separator = /
}}
"""

OAUTH2 = """
introspection_mode = post
introspection_url = http://127.0.0.1:{tokens}/introspect
username_attribute = username
active_attribute = active
active_value = true
"""

POSTFIX = """
compatibility_level = 3.6
queue_directory = {home}/queue
data_directory = {home}/data
daemon_directory = /usr/lib/postfix/sbin
command_directory = /usr/sbin
meta_directory = /etc/postfix
mail_owner = postfix
setgid_group = postdrop
maillog_file = {home}/log/postfix.log
maillog_file_prefixes = {home}
myhostname = mail.chengchuan.example
mydestination =
mynetworks = 127.0.0.0/8
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
local_recipient_maps =
alias_maps =
alias_database =
virtual_mailbox_domains = chengchuan.example, beiyu.example, yuanshan.example
virtual_mailbox_base = {home}/mail
virtual_mailbox_maps = texthash:{home}/boxes
virtual_alias_maps = texthash:{home}/aliases
virtual_uid_maps = static:65534
virtual_gid_maps = static:65534
virtual_mailbox_limit = 0
message_size_limit = 209715200
transport_maps = texthash:{home}/transport
smtpd_sasl_auth_enable = yes
smtpd_sasl_type = dovecot
smtpd_sasl_path = {home}/sasl
smtpd_tls_cert_file = {home}/cert.pem
smtpd_tls_key_file = {home}/key.pem
smtpd_tls_security_level = may
smtpd_relay_restrictions = permit_mynetworks, permit_sasl_authenticated, reject_unauth_destination
smtpd_recipient_restrictions =
smtpd_timeout = 60s
smtpd_peername_lookup = no
smtp_dns_support_level = disabled
"""

MASTER = """
127.0.0.1:{smtp} inet n - n - - smtpd
127.0.0.1:{submission} inet n - n - - smtpd
  -o smtpd_relay_restrictions=permit_sasl_authenticated,reject
127.0.0.1:{smtps} inet n - n - - smtpd
  -o smtpd_tls_wrappermode=yes
  -o smtpd_relay_restrictions=permit_sasl_authenticated,reject
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
proxywrite unix - - n - 1 proxymap
smtp unix - - n - - smtp
relay unix - - n - - smtp
showq unix n - n - - showq
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
local unix - n n - - local
virtual unix - n n - - virtual
lmtp unix - - n - - lmtp
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"""


def certificate(folder: Path) -> None:
    """A certificate for localhost and 127.0.0.1 that signs itself, as `cert.pem` and `key.pem`."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    names = [x509.DNSName("localhost"), x509.IPAddress(ip_address("127.0.0.1"))]
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(datetime(2020, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2099, 1, 1, tzinfo=UTC))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    (folder / "cert.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(key.private_bytes(serialization.Encoding.PEM, *plain))


@dataclass
class MailServer:
    """Where the servers listen, and what a test does on the far side of them."""

    home: Path
    imap: int = field(default_factory=free_port)
    imaps: int = field(default_factory=free_port)
    smtp: int = field(default_factory=free_port)
    submission: int = field(default_factory=free_port)
    smtps: int = field(default_factory=free_port)
    tokens: int = field(default_factory=free_port)
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    @property
    def certificate(self) -> Path:
        """What a client must trust: SSL_CERT_FILE."""
        return self.home / "cert.pem"

    def options(self, address: str = SERVICE, **more: object) -> dict[str, object]:
        """What a mailbox of the product is set up with, over TLS."""
        return {
            "address": address,
            "imap_host": "localhost",
            "imap_port": self.imaps,
            "imap_security": "ssl",
            "user": address,
            "folder": "INBOX",
            "old_mail": "all",
            "smtp_host": "localhost",
            "smtp_port": self.smtps,
            "smtp_security": "ssl",
            **more,
        }

    def send(self, raw: bytes, *to: str, sender: str = CUSTOMER) -> None:
        """Somebody out there sends a mail."""
        with smtplib.SMTP("127.0.0.1", self.smtp, timeout=20) as server:
            server.sendmail(sender, list(to) or [SERVICE], raw)

    @contextlib.contextmanager
    def opened(self, account: str = SERVICE, folder: str = "INBOX") -> Iterator[imaplib.IMAP4]:
        """An account as another mail program sees it."""
        client = imaplib.IMAP4("127.0.0.1", self.imap, timeout=20)
        try:
            client.login(account, PASSWORD)
            client.select(folder)
            yield client
        finally:
            with contextlib.suppress(imaplib.IMAP4.error, OSError):
                client.logout()

    def put(self, raw: bytes, account: str = SERVICE, folder: str = "INBOX") -> None:
        """Lay a mail into a folder as it is, without a server that would put it in order."""
        with self.opened(account) as client:
            said, _ = client.append(folder, None, None, raw)
            assert said == "OK"

    def letters(self, account: str = CUSTOMER) -> list[bytes]:
        """The raw mails in an account, oldest first."""
        with self.opened(account) as client:
            found = client.uid("SEARCH", "ALL")[1][0].split()
            return [client.uid("FETCH", uid, "(BODY.PEEK[])")[1][0][1] for uid in found]

    def wait_for(self, number: int, account: str = CUSTOMER) -> list[bytes]:
        """The raw mails in an account, as soon as there are so many."""
        end = time.monotonic() + READY
        while len(found := self.letters(account)) < number:
            if time.monotonic() > end:
                pytest.fail(f"{len(found)} of {number} mails in {account}\n{self.read_logs()}", pytrace=False)
            time.sleep(0.1)
        return found

    def empty(self) -> None:
        """All accounts as they were in the beginning, with other folders, and so another UIDVALIDITY."""
        for account in ACCOUNTS:
            shutil.rmtree(self.home / "mail" / account, ignore_errors=True)
            place = self.home / "mail" / account
            place.mkdir(parents=True)
            os.chown(place, NOBODY, NOBODY)

    def renumber(self, account: str = SERVICE) -> None:
        """The same mails under another UIDVALIDITY and other UIDs, as after a provider's move to other machines."""
        kept = self.letters(account)
        place = self.home / "mail" / account
        shutil.rmtree(place / "Maildir")
        # the validity counts seconds
        time.sleep(1.1)
        for raw in reversed(kept):
            self.put(raw, account)

    def read_logs(self) -> str:
        """What the servers wrote, the end of it."""
        files = [self.home / "dovecot.log", self.home / "log" / "postfix.log"]
        return "\n".join(f.read_text(errors="replace")[-4000:] for f in files if f.exists())

    # --- their lives ---

    def prepare(self) -> None:
        """Write the settings of both."""
        certificate(self.home)
        values = {k: getattr(self, k) for k in ("imap", "imaps", "smtp", "submission", "smtps", "tokens")}
        values["home"] = self.home
        for name, text in (("dovecot.conf", DOVECOT), ("oauth2.conf", OAUTH2)):
            (self.home / name).write_text(text.format(**values))
        settings = self.home / "postfix"
        for folder in (
            settings,
            self.home / "queue",
            self.home / "data",
            self.home / "log",
            self.home / "mail",
        ):
            folder.mkdir()
        shutil.chown(self.home / "data", "postfix")
        os.chown(self.home / "mail", NOBODY, NOBODY)
        (settings / "main.cf").write_text(POSTFIX.format(**values))
        (settings / "master.cf").write_text(MASTER.format(**values))
        for name in ("dynamicmaps.cf",):
            shutil.copy(Path("/etc/postfix") / name, settings / name)
        passwords = {**dict.fromkeys(ACCOUNTS, PASSWORD), BEYOND_ASCII: PASSWORD_BEYOND_ASCII}
        lines = [f"{account}:{{PLAIN}}{password}\n" for account, password in passwords.items()]
        (self.home / "users").write_text("".join(lines), encoding="utf-8")
        (self.home / "boxes").write_text("".join(f"{a} {a}/Maildir/\n" for a in ACCOUNTS))
        (self.home / "aliases").write_text(f"{GONE} nobody@void.example\n")
        (self.home / "transport").write_text("void.example error:5.1.1 no such user here\n")
        self.home.chmod(0o755)
        self.empty()

    def start(self) -> None:
        """Start what does not run, and wait until it answers."""
        commands = {
            "dovecot": ["dovecot", "-F", "-c", str(self.home / "dovecot.conf")],
            "postfix": ["postfix", "-c", str(self.home / "postfix"), "start-fg"],
        }
        with (self.home / "out.log").open("ab") as out:
            for name, command in commands.items():
                if name not in self.processes:
                    self.processes[name] = subprocess.Popen(
                        command, stdin=subprocess.DEVNULL, stdout=out, stderr=out, start_new_session=True
                    )
        for port in (self.imap, self.imaps, self.smtp, self.submission):
            self._wait_for_port(port)

    def _wait_for_port(self, port: int) -> None:
        end = time.monotonic() + READY
        while True:
            try:
                with socket.create_connection(("127.0.0.1", port), timeout=5):
                    return
            except OSError:
                ended = [name for name, process in self.processes.items() if process.poll() is not None]
                if ended or time.monotonic() > end:
                    said = (self.home / "out.log").read_text(errors="replace")
                    raise RuntimeError(f"port {port}; ended: {ended}\n{said}\n{self.read_logs()}") from None
                time.sleep(0.05)

    def stop(self, name: str) -> None:
        """End one of the two, with everything that it has started."""
        process = self.processes.pop(name)
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(10)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(10)

    def end(self) -> None:
        for name in list(self.processes):
            self.stop(name)


class Wire:
    """A way to a port on loopback that can be cut: after so many bytes from the server, or held without a word."""

    def __init__(self, target: int) -> None:
        self.target = target
        self.port = free_port()
        self.cut_after: int | None = None
        """Bytes from the server before both ends are cut; None for never."""
        self.is_held = False
        """Take connections and say nothing."""
        self.carried = 0
        self.connections = 0
        self._open: set[socket.socket] = set()
        self._listening = socket.create_server(("127.0.0.1", self.port))
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                near, _address = self._listening.accept()
            except OSError:
                return
            self.connections += 1
            self._open.add(near)
            if self.is_held:
                continue
            try:
                far = socket.create_connection(("127.0.0.1", self.target), timeout=10)
            except OSError:
                near.close()
                continue
            self._open.add(far)
            threading.Thread(target=self._carry, args=(near, far, False), daemon=True).start()
            threading.Thread(target=self._carry, args=(far, near, True), daemon=True).start()

    def _carry(self, source: socket.socket, to: socket.socket, counts: bool) -> None:
        with contextlib.suppress(OSError):
            while piece := source.recv(4096):
                if counts:
                    self.carried += len(piece)
                    if self.cut_after is not None and self.carried > self.cut_after:
                        break
                to.sendall(piece)
        for one in (source, to):
            self._open.discard(one)
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()

    def close(self) -> None:
        for one in (self._listening, *list(self._open)):
            one.close()


@contextlib.contextmanager
def running() -> Iterator[MailServer]:
    """Both servers, until the block ends. Raises `needs.Missing` where they cannot be had."""
    needs.mail_servers()
    # a short path: sockets have names of at most a hundred letters
    home = Path(tempfile.mkdtemp(prefix="kymail-"))
    server = MailServer(home)
    try:
        server.prepare()
        server.start()
        yield server
    finally:
        server.end()
        shutil.rmtree(home, ignore_errors=True)


@pytest.fixture(scope="session")
def mail_machines() -> Iterator[MailServer]:
    """The two servers, one pair a worker."""
    with running() as server:
        yield server


@pytest.fixture
def mail_server(mail_machines: MailServer, monkeypatch: pytest.MonkeyPatch) -> MailServer:
    """The two servers with empty accounts, trusted by this process and by those that it starts."""
    mail_machines.start()
    mail_machines.empty()
    monkeypatch.setenv("SSL_CERT_FILE", str(mail_machines.certificate))
    assert ssl.create_default_context().get_ca_certs()
    return mail_machines


@pytest.fixture
def wire() -> Iterator[Callable[[int], Wire]]:
    """`wire(port)`: a way to a port that the test can cut."""
    made: list[Wire] = []

    def lay(target: int) -> Wire:
        made.append(Wire(target))
        return made[-1]

    yield lay
    for one in made:
        one.close()
