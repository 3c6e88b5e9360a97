"""The configuration under which the service looks at the stage: the files an operator would have written."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from monitor.stage.identity import ENTITY_ID
from monitor.stage.push import PASSPHRASE, TOPIC
from monitor.stage.rollout import SOAK_S
from monitor.stage.stage import (
    CONSOLE,
    DATABASE,
    DIRECTORY_BASE,
    DIRECTORY_PASSWORD,
    DIRECTORY_USER,
    HOST_NAME,
    MAIL_PASSWORD,
    MAIL_USER,
    TERMINAL_GREETING,
    Stage,
)

OPERATOR_PORT = 8090
PUBLIC_PORT = 8091
GATEWAY_PORT = 8092
BACKUP_FILE = "backup-beat"
NOTICE_S = 20
"""How long before its start maintenance is announced: a demo can't wait for 72 h."""

_MAIN = """\
# The demo: one provider, two customers, everything on this machine. Notice and soak are seconds, so that they can be watched.
provider: {{name: Demo Cloud Operations, zone: UTC, language: en}}
data: data
operator: {{bind: "127.0.0.1:{operator}"}}
public: {{bind: "127.0.0.1:{public}"}}
gateway: {{bind: "127.0.0.1:{gateway}"}}
mail: {{relay: "{relay}", tls: none, from: operations@demo.example, name: Demo Cloud Operations}}
rollouts: {{soak: {{internal: {soak}s, others: {soak}s}}}}
vantages:
  main:
    canaries: {canaries}
public_entries:
  - {{name: Device management, group: Demo region, members: [acme/node-1, acme/node-2]}}
  - {{name: Public address, group: Demo region, members: [globex/address]}}
"""

_SITE = """\
id: {key}
name: {name}
customer: {{id: {key}, name: {customer}}}
ring: {ring}
simulated: true
agreement: {{preset: slg-2018, zone: UTC, goal: "99.9%", maintenance_notice: {notice}s}}
contacts:
  - {{name: Duty desk, email: desk@{key}.example, language: {language}, zone: {zone}}}
"""

_OWN = """id: own
name: Our own device management
ring: internal
simulated: true
components:
  - {{id: node, name: Server node, kind: instance}}
checks:
  - {{id: node, component: node, kind: instance, url: "https://{node_2}/health", ca_file: {ca}, json: {up}, {pace}}}
"""

_ACME = """\
components:
  - {{id: address, name: Load balancer, kind: load_balancer}}
  - {{id: node-1, name: Server node 1, kind: instance, public: true}}
  - {{id: node-2, name: Server node 2, kind: instance, public: true}}
  - {{id: vpn, name: Tunnel to Acme, kind: vpn}}
  - {{id: directory, name: Acme's directory, kind: ldap}}
  - {{id: customer-dns, name: Acme's zone, kind: dns}}
  - {{id: certificate, name: Public certificate, kind: certificate}}
  - {{id: push, name: Push certificate, kind: certificate, managed_by: customer}}
  - {{id: licensing, name: Licence server, kind: licensing}}
  - {{id: backup, name: Backup, kind: other}}
  - {{id: database, name: Database, kind: database}}
  - {{id: identity, name: Acme's identity provider, kind: saml, managed_by: customer}}
  - {{id: mail, name: Outgoing mail, kind: smtp}}
  - {{id: terminal, name: Terminal port, kind: instance}}
  - {{id: console, name: Administrators' console, kind: instance}}
composition:
  all:
    - address
    - at_least: 1
      of: [node-1, node-2]
    - vpn
    - directory
    - database
    - degrading: certificate
    - degrading: push
    - degrading: licensing
    - degrading: identity
    - degrading: console
checks:
  - {{id: address, component: address, kind: load_balancer, {balancer}, {pace}}}
  - {{id: node-1, component: node-1, kind: instance, url: "https://{node_1}/health", ca_file: {ca}, json: {up}, {pace}}}
  - {{id: node-2, component: node-2, kind: instance, url: "https://{node_2}/health", ca_file: {ca}, json: {up}, {pace}}}
  - {{id: vpn, component: vpn, kind: vpn, data: {far}, knock: {far}, {pace}}}
  - {{id: directory, component: directory, kind: ldap, {directory}, {pace}}}
  - {{id: customer-dns, component: customer-dns, kind: dns, servers: ["{dns}"], name: acme.example, {dnssec}, {pace}}}
  - {{id: certificate, component: certificate, kind: certificate, {certificate}, {pace}}}
  - {{id: licensing, component: licensing, kind: licensing, method: http_json, url: "http://{licence}/licence", {seats}, {pace}}}
  - {{id: backup, component: backup, kind: heartbeat, source: {{push: {token}}}, every: 10s, grace: 10s, {pace}}}
  - {{id: database, component: database, kind: database, {database}, {pace}}}
  - {{id: identity, component: identity, kind: saml, url: "https://{identity}/metadata", {entity}, ca_file: {ca}, {pace}}}
  - {{id: mail, component: mail, kind: smtp, {mail}, {pace}}}
  - {{id: terminal, component: terminal, kind: tcp, {terminal}, {pace}}}
  - {{id: push, component: push, kind: certificate, {push}, {pace}}}
  - id: console
    component: console
    kind: journey
    ca_file: {ca}
    steps:
      - {{name: page, url: "https://{console}/login", save: {{csrf: {{matches: 'name="csrf" value="([^"]+)"'}}}}}}
      - name: login
        url: "https://{console}/login"
        form: {{user: probe, csrf: "{{csrf}}"}}
        secret_form: {{password: {console_password}}}
        expect_status: [302]
      - {{name: devices, url: "https://{console}/console", contains: Devices}}
    {pace_lines}
"""

_GLOBEX = """\
components:
  - {{id: address, name: Load balancer, kind: load_balancer, public: true}}
  - {{id: customer-dns, name: Globex's zone, kind: dns}}
  - {{id: certificate, name: Public certificate, kind: certificate}}
composition:
  all:
    - address
    - degrading: certificate
checks:
  - {{id: address, component: address, kind: instance, url: "http://{vip}/health", json: {up}, {pace}}}
  - {{id: customer-dns, component: customer-dns, kind: dns, servers: ["{dns}"], name: www.globex.example, type: A, {pace}}}
  - {{id: certificate, component: certificate, kind: certificate, {certificate}, {pace}}}
"""

_SECRETS = MappingProxyType(
    {
        "directory-password": DIRECTORY_PASSWORD,
        "database-password": DATABASE.password,
        "mail-password": MAIL_PASSWORD,
        "push-passphrase": PASSPHRASE,
        "console-password": CONSOLE.password,
    }
)
_PACE = "interval: 5s, deadline: 2s, repeat: 1s, confirm_failures: 3, confirm_successes: 2"


def write_configuration(
    stage: Stage,
    folder: Path,
    operator_port: int = OPERATOR_PORT,
    public_port: int = PUBLIC_PORT,
    gateway_port: int = GATEWAY_PORT,
) -> Path:
    """Write ``threenines.yaml`` and ``sites/*.yaml`` for a started ``stage``; the path of the former.

    The service will listen on the loopback ports and keep its data in ``folder/data``; the token of the backup that reports
    to it is in ``folder/backup-beat``. Raises OSError if the files
    cannot be written, RuntimeError if the stage has not been started.
    """
    kept = {name: _kept(folder / name, secret) for name, secret in _SECRETS.items()}
    words = _words(stage, kept | {"backup": _kept(folder / BACKUP_FILE, secrets.token_urlsafe(24))})
    sites = folder / "sites"
    sites.mkdir(parents=True, exist_ok=True)
    acme = _customer("acme", "Acme", ring="early", language="en", zone="Europe/London")
    globex = _customer("globex", "Globex", ring="general", language="de", zone="Europe/Berlin")
    for key, head, rest in (("acme", acme, _ACME), ("globex", globex, _GLOBEX), ("own", "", _OWN)):
        (sites / f"{key}.yaml").write_text(head + rest.format_map(words), encoding="utf-8")
    main = folder / "threenines.yaml"
    canaries = json.dumps([f"{host}:{port}" for host, port in stage.canaries])
    ports = {"operator": operator_port, "public": public_port, "gateway": gateway_port}
    relay = "{}:{}".format(*stage.desk["relay"])
    main.write_text(_MAIN.format(**ports, canaries=canaries, relay=relay, soak=SOAK_S), encoding="utf-8")
    return main


def _customer(key: str, name: str, **more: str) -> str:
    """The head of a customer's site file."""
    return _SITE.format(key=key, name=f"{name} device management", customer=f"{name} Corporation", notice=NOTICE_S, **more)


def _kept(path: Path, secret: str) -> Path:
    """A secret file as the service takes it: for this user alone."""
    path.touch(mode=0o600)
    path.write_text(secret, encoding="utf-8")
    return path.resolve()


def _words(stage: Stage, kept: Mapping[str, Path]) -> Mapping[str, object]:
    """What the site files say that only a started stage knows."""
    at = {name.replace("-", "_"): f"{host}:{port}" for name, (host, port) in stage.addresses.items()}
    ca = json.dumps(str(stage.ca_file.resolve()))
    trust = f"server_name: {HOST_NAME}, ca_file: {ca}"
    secret = {name: json.dumps(f"file:{path}") for name, path in kept.items()}

    def place(part: str) -> str:
        host, port = stage.addresses[part]
        return f"host: {host}, port: {port}"

    def login(user: str, password: str) -> str:
        return f"user: {json.dumps(user)}, password: {secret[password]}"

    return at | {
        "pace": _PACE,
        "pace_lines": _PACE.replace(", ", "\n    "),
        "dnssec": f"dnssec: {{ds: [{json.dumps(stage.ds)}]}}",
        "console_password": secret["console-password"],
        "push": f"file: {json.dumps(str(stage.push_file.resolve()))}, password: {secret['push-passphrase']}, purpose: apns, "
        f"topic: {TOPIC}",
        "ca": ca,
        "up": "[{pointer: /status, equals: UP}]",
        "far": f"{{{place('vpn')}}}",
        "seats": "seats_pointer: /seats/total, used_pointer: /seats/used, expires_pointer: /expires",
        "token": secret["backup"],
        "balancer": f'vip: {{url: "http://{at["vip"]}/health", ca_file: {ca}}}, node_tls: true, '
        f"nodes: {json.dumps([at['node_1'], at['node_2']])}",
        "directory": f"{place('ldap')}, mode: plain, insecure_plaintext: true, {login(DIRECTORY_USER, 'directory-password')}, "
        f"base: {json.dumps(DIRECTORY_BASE)}",
        "certificate": f"{place('certificate')}, {trust}",
        "database": f"engine: postgresql, {place('database')}, database: {DATABASE.database}, "
        f"{login(DATABASE.user, 'database-password')}, min_replicas: 1, {trust}",
        "entity": f"entity_id: {ENTITY_ID}",
        "mail": f"{place('mail')}, {login(MAIL_USER, 'mail-password')}, {trust}",
        "terminal": f"{place('terminal')}, matches: {json.dumps(f'^{TERMINAL_GREETING}')}",
    }
