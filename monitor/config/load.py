"""The configuration from its files: the main file and the site files beside it, whole and checked, or every mistake."""

from __future__ import annotations

import ipaddress
import os
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from monitor.config import document as yaml
from monitor.config import site as site_file
from monitor.config.checks import Ground
from monitor.config.configuration import (
    Canary,
    Configuration,
    Gateway,
    Listener,
    Mailing,
    Provider,
    PublicEntry,
    Rollouts,
    Signing,
    Site,
    Tracing,
    Train,
    Vantage,
)
from monitor.config.document import Document
from monitor.config.mistake import ConfigurationErrors, Mistake, Wrong, did_you_mean, shown
from monitor.config.schema import DkimText, ListenerText, MailText, MainText, RolloutsText, TracingText
from monitor.config.secrets import reveal
from monitor.config.texts import is_loopback
from monitor.config.words import validated
from probes.probe import Probe
from sla.maintenance import Impact

MAX_FILES = 10_000
CANARIES_FROM = 10
"""Above this many checks a dead uplink of ours would look like everybody's outage."""
MIN_CANARIES = 2
HEARTBEAT = "heartbeat"
"""The one kind that is told instead of looking."""

__all__ = ["ConfigurationErrors", "Mistake", "load"]


@dataclass(frozen=True, slots=True)
class _Files:
    """What was read: the main document, the site documents in order, and the digest over all bytes."""

    main: Document
    sites: tuple[Document, ...]
    mistakes: tuple[Mistake, ...]
    digest: str


def load(path: Path, environ: Mapping[str, str], kinds: Mapping[str, type[Probe]] | None = None) -> Configuration:
    """The configuration in ``path`` and its site files. Raises ConfigurationErrors with all mistakes of all files.

    ``environ`` is where ``env:`` secrets are looked up. ``kinds`` are the probe kinds, by default all that are installed.
    """
    if kinds is None:
        from probes.registry import kinds as installed

        kinds = installed()
    data = _bytes(path, path.name)
    if isinstance(data, Mistake):
        raise ConfigurationErrors((data,))
    main = yaml.read(path.name, data)
    if main.value is None:
        raise ConfigurationErrors(main.mistakes)
    return _checked(path, main, data, environ, kinds)


def _checked(
    path: Path, main: Document, data: bytes, environ: Mapping[str, str], kinds: Mapping[str, type[Probe]]
) -> Configuration:
    """All files against the schema and one another."""
    mistakes = list(main.mistakes) + _auth(main)
    value = {key: item for key, item in main.value.items() if key != "auth"} if isinstance(main.value, dict) else main.value
    text, found = validated(MainText, value, main, ())
    mistakes += found
    files = _files(path, main, data, tuple(text.sites) if text else ("sites/*.yaml",))
    mistakes += files.mistakes
    names = tuple(text.vantages) if text else _vantage_names(main)
    provider = (
        Provider(text.provider.name, text.provider.zone, text.provider.language, text.provider.url) if text else Provider("?")
    )
    ground = Ground(kinds, names, environ)
    sites: list[Site] = []
    for document in files.sites:
        site, wrong = site_file.read(document, provider, ground)
        mistakes += wrong
        sites += [site] if site else []
    mistakes += _site_ids(files.sites)
    if text is not None:
        mistakes += _mail(main, text.mail, environ) if text.mail else []
        mistakes += _listeners(main, text) + _gateway(main, text, sites) + _tracing(main, text.tracing)
        mistakes += _canaries(main, text, sites) + _entries(main, text, sites, bool(mistakes))
    if mistakes or text is None:
        raise ConfigurationErrors(tuple(sorted(mistakes, key=lambda m: (m.file != path.name, m.file, m.line or 0))))
    return _configuration(path, text, provider, tuple(sites), files.digest)


def _configuration(path: Path, text: MainText, provider: Provider, sites: tuple[Site, ...], digest: str) -> Configuration:
    vantages = {
        name: Vantage(
            name,
            tuple(Canary(*c) for c in v.canaries),
            tuple(_joined(*r) for r in v.resolvers),
            v.canary_name,
            v.network_operator,
        )
        for name, v in text.vantages.items()
    }
    return Configuration(
        provider=provider,
        data=path.parent / text.data,
        operator=_listener(text.operator),
        public=_listener(text.public) if text.public else None,
        vantages=vantages,
        sites=sites,
        public_entries=tuple(PublicEntry(e.name, tuple(e.members), e.group or "") for e in text.public_entries),
        digest=digest,
        public_url=(text.public.url or "") if text.public else "",
        mailing=_mailing(text.mail, provider.name) if text.mail else None,
        gateway=Gateway(_listener(text.gateway), text.gateway.url or "", text.gateway.ca_file) if text.gateway else None,
        rollouts=_rollouts(text.rollouts),
        tracing=Tracing(text.tracing.endpoint, text.tracing.share) if text.tracing else None,
    )


def _rollouts(text: RolloutsText) -> Rollouts:
    soak, train = text.soak, text.train
    return Rollouts(
        text.start,
        text.window,
        Impact[text.impact.replace("-", "_")],
        soak.internal,
        soak.others,
        text.general_waves,
        Train(train.first, train.every, train.ahead) if train else None,
    )


def _mailing(text: MailText, provider: str) -> Mailing:
    host, port = text.relay
    domain = text.domain or text.sender.rpartition("@")[2]
    name = text.name or provider
    login = text.user, text.password
    return Mailing(
        host, port, text.tls, text.sender, name, domain, text.reply_to, text.ca_file, *login, text.operators, _signing(text)
    )


def _signing(text: MailText) -> Signing | None:
    """The signature under letters; it vouches for the domain of their sender unless another is named."""
    if text.dkim is None:
        return None
    return Signing(text.dkim.domain or text.sender.rpartition("@")[2], text.dkim.selector, text.dkim.key)


def _listener(text: ListenerText) -> Listener:
    host, port = text.bind
    return Listener(host, port, text.behind_proxy)


def _joined(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _vantage_names(main: Document) -> tuple[str, ...]:
    """The vantages of a main file that is wrong elsewhere, so that sites are not blamed for it."""
    named = main.at(("vantages",))
    return tuple(named) if isinstance(named, dict) else ("main",)


def _bytes(path: Path, name: str) -> bytes | Mistake:
    """The bytes of a regular file, one more than allowed at most. A pipe would hang the start."""
    try:
        with open(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                return Mistake(name, None, "", "not a regular file")
            return file.read(yaml.MAX_BYTES + 1)
    except OSError as error:
        return Mistake(name, None, "", f"cannot be read: {error.strerror}")


def _files(path: Path, main: Document, data: bytes, patterns: tuple[str, ...]) -> _Files:
    """The site files, in the order of their names."""
    digest = sha256(_framed(path.name, data))
    mistakes: list[Mistake] = []
    sites: list[Document] = []
    found, wrong = _found(path.parent, main, patterns)
    mistakes += wrong
    for name in found:
        content = _bytes(path.parent / name, name)
        if isinstance(content, Mistake):
            mistakes.append(content)
            continue
        digest.update(_framed(name, content))
        sites.append(yaml.read(name, content))
    if not found:
        mistakes.append(main.mistake(("sites",), f"no site file found, expected at least 1 in {', '.join(patterns)[:80]}"))
    return _Files(main, tuple(sites), tuple(mistakes), digest.hexdigest())


def _found(folder: Path, main: Document, patterns: tuple[str, ...]) -> tuple[list[str], list[Mistake]]:
    """Names relative to the folder. Patterns stay below it: what is read is what lies beside the main file."""
    names: set[str] = set()
    mistakes = []
    for index, pattern in enumerate(patterns):
        if Path(pattern).is_absolute() or ".." in Path(pattern).parts:
            mistakes.append(main.mistake(("sites", index), f"must stay below this folder, got {shown(pattern)}"))
            continue
        names.update(str(found.relative_to(folder)) for found in folder.glob(pattern) if not found.is_dir())
    if len(names) > MAX_FILES:
        mistakes.append(main.mistake(("sites",), f"more than {MAX_FILES} files, got {len(names)}"))
        return [], mistakes
    return sorted(names), mistakes


def _framed(name: str, content: bytes) -> bytes:
    return name.encode() + b"\0" + str(len(content)).encode() + b"\0" + content


def _auth(main: Document) -> list[Mistake]:
    """An ``auth:`` block never starts the program: half a login is an open door, and this version knows no whole one."""
    if not isinstance(main.value, dict) or "auth" not in main.value:
        return []
    block = main.value["auth"]
    given = set(block) if isinstance(block, dict) else set()
    if "client_id" in given and "client_secret" not in given:
        got = "client id without secret"
    elif "client_secret" in given and "client_id" not in given:
        got = "client secret without id"
    else:
        got = "keys of a login that this version does not have" if given else "nothing"
    return [main.mistake(("auth",), f"no usable method, got {got}; refusing to start rather than run open")]


def _site_ids(documents: tuple[Document, ...]) -> list[Mistake]:
    """Sites that share an id, each with the place of the first."""
    first: dict[str, str] = {}
    mistakes = []
    for document in documents:
        key = document.at(("id",))
        if isinstance(key, str):
            if key in first:
                mistakes.append(document.mistake(("id",), f"used twice, got {shown(key)}, first at {first[key]}"))
            first.setdefault(key, f"{document.file}:{document.line(('id',))}")
    return mistakes


def _listeners(main: Document, text: MainText) -> list[Mistake]:
    """Anything but loopback is open to a network, in clear."""
    listeners = (("operator", text.operator), ("public", text.public), ("gateway", text.gateway))
    return [
        main.mistake((name, "bind"), f"{listener.bind[0]} needs behind_proxy: true, since TLS ends at the proxy")
        for name, listener in listeners
        if listener is not None and not is_loopback(listener.bind[0]) and not listener.behind_proxy
    ]


def _mail(main: Document, mail: MailText, environ: Mapping[str, str]) -> list[Mistake]:
    """Half a login, a password that leads nowhere, letters in clear over a network."""
    found: list[tuple[str, str]] = []
    if mail.tls == "none" and not is_loopback(mail.relay[0]):
        found.append(("tls", f'"none" is for a mail server on this machine only, got the relay {shown(mail.relay[0])}'))
    if mail.tls == "none" and mail.user is not None:
        found.append(("user", 'no login without TLS, expected tls "start_tls" or "implicit"'))
    if (mail.user is None) != (mail.password is None):
        lacks = "password" if mail.password is None else "user"
        found.append((lacks, "user and password belong together, got one of them"))
    if mail.password is not None:
        try:
            reveal(mail.password, environ)
        except Wrong as wrong:
            found.append(("password", str(wrong)))
    mistakes = [main.mistake(("mail", key), text) for key, text in found]
    return mistakes + (_dkim(main, mail.dkim, environ) if mail.dkim else [])


def _dkim(main: Document, text: DkimText, environ: Mapping[str, str]) -> list[Mistake]:
    """A key that leads nowhere, is none of RSA or is too short to be believed (RFC 8301)."""
    found: list[tuple[str, str]] = []
    try:
        key = load_pem_private_key(reveal(text.key, environ).reveal().encode(), None)
        if not isinstance(key, RSAPrivateKey) or key.key_size < 2048:
            found.append(("key", "expected an RSA key of at least 2,048 bits (value not shown)"))
    except Wrong as wrong:
        found.append(("key", str(wrong)))
    except (ValueError, TypeError, UnsupportedAlgorithm):
        found.append(("key", "expected an RSA key in PEM without a passphrase (value not shown)"))
    if find_spec("dkim") is None:
        found.append(("selector", "needs the extra threenines[dkim], which is not installed"))
    return [main.mistake(("mail", "dkim", name), words) for name, words in found]


def _gateway(main: Document, text: MainText, sites: list[Site]) -> list[Mistake]:
    """Senders need a place to push to, and we the way that they take, to know whether it is open."""
    if text.gateway is None:
        pushed = next(
            (f"{site.key}/{check.key}" for site in sites for check in site.checks if check.probe.kind == HEARTBEAT), None
        )
        found = main.mistake(
            ("gateway",), f"is missing, {pushed} waits for what is pushed to it; expected e.g. bind: 127.0.0.1:8092"
        )
        return [] if pushed is None else [Mistake(found.file, None, found.key_path, found.message)]
    if text.gateway.behind_proxy and text.gateway.url is None:
        return [main.mistake(("gateway", "url"), "is missing: behind a proxy we knock at it as senders do, to know that we hear")]
    return []


def _tracing(main: Document, tracing: TracingText | None) -> list[Mistake]:
    """Traces name customers and their sites; and what sends them is an extra."""
    if tracing is None:
        return []
    found: list[tuple[str, str]] = []
    parts = urlsplit(tracing.endpoint)
    if parts.scheme == "http" and not is_loopback(parts.hostname or ""):
        found.append(("endpoint", f"http is for a collector on this machine only, got {shown(tracing.endpoint)}, expected https"))
    if find_spec("opentelemetry") is None:
        found.append(("endpoint", "needs the extra threenines[otel], which is not installed"))
    return [main.mistake(("tracing", key), text) for key, text in found]


def _canaries(main: Document, text: MainText, sites: list[Site]) -> list[Mistake]:
    """Each vantage that looks at more than a few checks can tell its own blindness from an outage."""
    mistakes = []
    for name, vantage in text.vantages.items():
        looked = sum(name in check.locations for site in sites for check in site.checks)
        networks = len({_network(*canary) for canary in vantage.canaries})
        if looked > CANARIES_FROM and networks < MIN_CANARIES:
            place = ("vantages", name, "canaries")
            found = main.mistake(place, f"at least {MIN_CANARIES} in different networks, got {networks}")
            written = main.at(place) is not None
            mistakes.append(found if written else Mistake(found.file, None, found.key_path, found.message))
    return mistakes


def _network(host: str, port: int) -> str:
    """What fails together: a /24 or /48; names and this machine's own listeners stand for themselves."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host
    if address.is_loopback:
        return f"{host} {port}"
    return str(ipaddress.ip_network(f"{host}/{24 if address.version == 4 else 48}", strict=False))


def _entries(main: Document, text: MainText, sites: list[Site], broken: bool) -> list[Mistake]:
    """Members of public entries that no site has; not asked while sites are broken, which would blame the wrong file."""
    return [] if broken else list(_strangers(main, text, {f"{s.key}/{c.key}" for s in sites for c in s.components}))


def _strangers(main: Document, text: MainText, known: set[str]) -> Iterator[Mistake]:
    for index, entry in enumerate(text.public_entries):
        for no, member in enumerate(entry.members):
            if member not in known:
                place = ("public_entries", index, "members", no)
                yield main.mistake(place, f"no such site/component, got {shown(member)}{did_you_mean(member, known)}")
