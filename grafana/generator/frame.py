"""What all dashboards have in common: data source, variables, links, and the label matchers of their queries."""

from __future__ import annotations

from grafana_foundation_sdk.builders.dashboard import (
    AnnotationQuery,
    Dashboard,
    DashboardLink,
    DatasourceVariable,
    QueryVariable,
    TextBoxVariable,
)
from grafana_foundation_sdk.models.dashboard import (
    DashboardCursorSync,
    DashboardLinkType,
    DataSourceRef,
    VariableOption,
    VariableRefresh,
    VariableSort,
)

TAG = "threenines"
STATUS_PAGE = "http://127.0.0.1:8091/"
"""Where the demo serves its public page; a text box of every dashboard holds one's own."""

SOURCE = DataSourceRef(type_val="prometheus", uid="${datasource}")
SERVICE = 'job=~"$job",instance=~"$instance"'
SITE = f'{SERVICE},customer=~"$customer",site=~"$site"'
BUILD = "threenines_build_info"
ANYBODY = '{__name__=~"threenines_build_info|probe_success",job=~"$job"}'
"""Checks are instances of their own, beside the service that looks at them."""


def matched(expr: str) -> str:
    """``expr`` with the matchers that its dashboard's variables stand for: ``@@`` those of sites, ``@`` those of the service."""
    return expr.replace("@@", SITE).replace("@", SERVICE)


def dashboard(
    name: str, title: str, description: str, instances: str = f'{BUILD}{{job=~"$job"}}', sites: bool = True
) -> Dashboard:
    """An empty dashboard; ``instances`` is what the choice of instances is made from."""
    made = (
        Dashboard(title)
        .uid(f"threenines-{name}")
        .description(description)
        .tags([TAG])
        .readonly()
        .timezone("browser")
        .tooltip(DashboardCursorSync.CROSSHAIR)
        .refresh("1m")
        .time("now-24h", "now")
        .with_variable(DatasourceVariable("datasource").label("Data source").type("prometheus"))
        .with_variable(_choice("job", f"label_values({BUILD}, job)"))
        .with_variable(_choice("instance", f"label_values({instances}, instance)"))
    )
    if sites:
        made = made.with_variable(_choice("customer", f"label_values(threenines_site_state{{{SERVICE}}}, customer)"))
        made = made.with_variable(
            _choice("site", f'label_values(threenines_site_state{{{SERVICE},customer=~"$customer"}}, site)')
        )
    made = made.with_variable(TextBoxVariable("status_page").label("Status page").default_value(STATUS_PAGE))
    others = DashboardLink("Dashboards").type(DashboardLinkType.DASHBOARDS).tags([TAG]).as_dropdown(True).include_vars(True)
    page = DashboardLink("Status page").type(DashboardLinkType.LINK).url("${status_page}").target_blank(True)
    return made.link(others.keep_time(True)).link(page)


def told(name: str, expr: str, colour: str) -> AnnotationQuery:
    """Where the samples of ``expr`` are, the graphs are marked with ``name``."""
    return AnnotationQuery().name(name).datasource(SOURCE).enable(True).icon_color(colour).expr(matched(expr))


def _choice(name: str, query: str) -> QueryVariable:
    return (
        QueryVariable(name)
        .label(name)
        .datasource(SOURCE)
        .query(query)
        .refresh(VariableRefresh.ON_TIME_RANGE_CHANGED)
        .sort(VariableSort.ALPHABETICAL_ASC)
        .multi(True)
        .include_all(True)
        .all_value(".+")
        .current(VariableOption(selected=True, text=["All"], value=["$__all"]))
    )
