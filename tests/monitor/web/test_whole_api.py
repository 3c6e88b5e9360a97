"""Whatever is asked of the API, by whomever: no 5xx, and no answer that its description does not tell."""

from __future__ import annotations

import itertools
import warnings

import pytest
import schemathesis
from desk_world import Store
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from openapi_spec_validator import validate
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from starlette.routing import Route
from test_writes import OPENING, Desk

from monitor.desk.once import Posted, Request
from monitor.web.api import BASE
from monitor.web.openapi import document

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
ROLES = {"nobody": None, "a reader": ("read",), "who may do all": ("read", "operate", "approve", "admin")}
BOUNDED = settings(max_examples=3, deadline=None, database=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
PLACES = {"site": "acme", "id": "I-1"}


def test_the_description_is_openapi() -> None:
    validate(document("v1"))


def test_every_route_of_the_api_is_described(store: Store) -> None:
    described = {(path, verb.upper()) for path, verbs in document("v1")["paths"].items() for verb in verbs}
    routes = [route for route in Desk(store).app.routes if isinstance(route, Route) and route.path.startswith(BASE)]
    assert {(route.path, verb) for route in routes for verb in route.methods or () if verb != "HEAD"} == described


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.timeout(240)
async def test_nothing_that_is_asked_is_a_fault_of_ours_or_answered_otherwise_than_described(role: str, store: Store) -> None:
    desk, scopes, keys = Desk(store), ROLES[role], map(str, itertools.count())
    holder = desk.token("Whole", "operate")
    await desk._post(Posted(Request("incident.open", OPENING, "", holder), "first"))
    headers = {"Authorization": f"Bearer {desk.token('Ada', *scopes)}"} if scopes else {}
    schema, seen = schemathesis.openapi.from_asgi("/api/openapi.json", desk.app), set[int]()
    for found in schema.get_all_operations():
        operation = found.ok()

        @BOUNDED
        @given(case=operation.as_strategy(), real=st.booleans())
        def asked(case: schemathesis.Case, real: bool) -> None:
            if real:
                case.path_parameters = {name: PLACES.get(name, value) for name, value in (case.path_parameters or {}).items()}
            more = {"Idempotency-Key": f"k{next(keys)}"} if case.method.upper() == "POST" else {}
            answer = case.call(headers={**headers, **more})
            case.validate_response(answer, checks=CHECKS, headers={**headers, **more})
            seen.add(answer.status_code)

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            asked()
    assert 401 in seen if scopes is None else 200 in seen
