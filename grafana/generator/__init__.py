"""Dashboards for Grafana, built with its own SDK: run ``python -m grafana.generator`` after a change."""
