"""The peer: Debian's Prometheus and blackbox_exporter, asked to do the same looks at the same pace."""

from __future__ import annotations

import json
import shutil
import socket
from pathlib import Path
from urllib.parse import urlsplit

PROMETHEUS = "/usr/bin/prometheus"
BLACKBOX = "/usr/bin/prometheus-blackbox-exporter"


def installed() -> bool:
    """Whether both programs are here."""
    return all(shutil.which(program) for program in (PROMETHEUS, BLACKBOX))


def free_port() -> int:
    """A loopback port that is free now."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def commands(folder: Path, urls: list[str], every_s: int, ca_file: Path) -> list[list[str]]:
    """Write both configurations (JSON is YAML) into ``folder``; the two command lines."""
    blackbox, web = free_port(), free_port()
    prober, module = _module(urls[0], ca_file)
    modules = {"modules": {"look": {"prober": prober, "timeout": "5s", prober: module}}}
    (folder / "blackbox.yml").write_text(json.dumps(modules))
    places = [{"targets": [_target(url)], "labels": {"check": str(number)}} for number, url in enumerate(urls)]
    job = {
        "job_name": "looks",
        "metrics_path": "/probe",
        "params": {"module": ["look"]},
        "static_configs": places,
        "relabel_configs": [
            {"source_labels": ["__address__"], "target_label": "__param_target"},
            {"source_labels": ["__param_target"], "target_label": "instance"},
            {"target_label": "__address__", "replacement": f"127.0.0.1:{blackbox}"},
        ],
    }
    pace = {"scrape_interval": f"{every_s}s", "scrape_timeout": f"{every_s}s"}
    (folder / "prometheus.yml").write_text(json.dumps({"global": pace, "scrape_configs": [job]}))
    return [
        [BLACKBOX, f"--config.file={folder}/blackbox.yml", f"--web.listen-address=127.0.0.1:{blackbox}", "--log.level=error"],
        [
            PROMETHEUS,
            f"--config.file={folder}/prometheus.yml",
            f"--storage.tsdb.path={folder}/tsdb",
            f"--web.listen-address=127.0.0.1:{web}",
            "--log.level=error",
        ],
    ]


def _module(url: str, ca_file: Path) -> tuple[str, dict[str, object]]:
    """The prober for addresses like ``url``, and its settings."""
    match url.partition(":")[0]:
        case "tcp":
            return "tcp", {"preferred_ip_protocol": "ip4"}
        case "dns":
            question = {"query_name": "bench.example", "query_type": "SOA", "transport_protocol": "udp"}
            return "dns", {**question, "preferred_ip_protocol": "ip4"}
    return "http", {"tls_config": {"ca_file": str(ca_file)}, "preferred_ip_protocol": "ip4"}


def _target(url: str) -> str:
    """What blackbox_exporter is told: an address, or host and port where there is no path."""
    return url if url.startswith("http") else urlsplit(url).netloc
