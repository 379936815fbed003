"""Outgoing calls: what they send, what they take, and where they may not go."""

from __future__ import annotations

import time

import pytest

from procession.connectors.addresses import AddressRefused, HostUnknown, allowed_address, is_public
from procession.connectors.http import LARGEST_ANSWER, Call, Caller, CallFailed, call_of, exact_json, read_exact_json
from procession.connectors.secrets import SecretMissing, headers_with_secrets
from procession.engine.other_definitions import Connection
from tests.support.servers import Asked, web_server

JSON = {"content-type": "application/json"}


def caller(*allow: str) -> Caller:
    return Caller(allow or ("127.0.0.1",))


def test_a_call_sends_exact_numbers_and_gets_them_back() -> None:
    number = "12345678901234567890.123456789"
    with web_server(lambda asked: (200, JSON, b'{"got": ' + asked.body + b"}")) as web:
        call = call_of({"url": f"{web.url}/a", "json": {"amount": {"$number": number}, "deep": [{"$number": "1.50"}]}})
        result = caller().make(call, "case.a1")
    (asked,) = web.asked
    assert (asked.method, asked.path) == ("POST", "/a")
    assert asked.body == b'{"amount":12345678901234567890.123456789,"deep":[1.50]}'
    assert asked.headers["idempotency-key"] == "case.a1"
    assert asked.headers["host"] == f"127.0.0.1:{web.port}"
    assert result["body"] == {"got": {"amount": {"$number": number}, "deep": [{"$number": "1.50"}]}}
    assert result["status"] == {"$number": "200"}


@pytest.mark.parametrize(
    ("status", "again"), [(400, False), (401, False), (404, False), (408, True), (429, True), (500, True), (503, True)]
)
def test_an_error_says_whether_another_attempt_may_help(status: int, again: bool) -> None:
    with web_server(lambda _: (status, {}, b"why")) as web, pytest.raises(CallFailed, match=f"{status}.*why") as failed:
        caller().make(Call(method="GET", url=web.url), "k")
    assert failed.value.again is again


def test_nobody_there_a_slow_one_and_one_who_lies() -> None:
    with pytest.raises(CallFailed, match="could not be reached") as failed:
        caller().make(Call(method="GET", url="http://127.0.0.1:1"), "k")
    assert failed.value.again

    def slow(_: Asked) -> tuple[int, dict[str, str], bytes]:
        time.sleep(0.5)
        return 200, {}, b""

    with web_server(slow) as web, pytest.raises(CallFailed, match=r"within 0\.1 seconds"):
        caller().make(Call(method="GET", url=web.url, wait=0.1), "k")
    with web_server(lambda _: (200, JSON, b"<html>")) as web, pytest.raises(CallFailed, match="says it is JSON"):
        caller().make(Call(method="GET", url=web.url), "k")


def test_an_endless_answer_is_cut_off() -> None:
    with (
        web_server(lambda _: (200, {}, b"x" * (LARGEST_ANSWER + 1))) as web,
        pytest.raises(CallFailed, match="larger than"),
    ):
        caller().make(Call(method="GET", url=web.url), "k")


def test_redirects_are_followed_but_secrets_go_to_the_first_host_only() -> None:
    with web_server(lambda asked: (200, {}, asked.headers.get("authorization", "none").encode())) as second:
        target = f"http://localhost:{second.port}/"
        with web_server(lambda _: (302, {"location": target}, b"")) as first:
            call = Call(method="GET", url=first.url, secret_headers={"Authorization": "Bearer s"})
            result = Caller(["127.0.0.1", "localhost"]).make(call, "k")
    assert first.asked[0].headers["authorization"] == "Bearer s"
    assert result["body"] == "none"


def test_a_redirect_to_a_private_address_is_refused() -> None:
    with (
        web_server(lambda _: (302, {"location": "http://169.254.169.254/latest/meta-data"}, b"")) as web,
        pytest.raises(CallFailed, match="link-local") as failed,
    ):
        caller().make(Call(method="GET", url=web.url), "k")
    assert not failed.value.again


def test_redirects_in_a_circle_end() -> None:
    with (
        web_server(lambda _: (302, {"location": "/"}, b"")) as web,
        pytest.raises(CallFailed, match="more than 5 times"),
    ):
        caller().make(Call(method="GET", url=web.url), "k")


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/", "http://localhost/", "http://10.0.0.1/", "http://192.168.1.1/", "http://169.254.169.254/",
        "http://[::1]/", "http://[::ffff:127.0.0.1]/", "http://[fd00::1]/", "http://[fe80::1]/", "http://0.0.0.0/",
        "http://[64:ff9b::7f00:1]/", "http://[2002:7f00:1::]/", "http://100.64.0.1/", "http://224.0.0.1/", "http://2130706433/",
        "http://0x7f.1/", "file:///etc/passwd", "gopher://example.org/", "http://user:pass@example.org/", "", "http:///",
    ],
)  # fmt: skip
def test_what_is_private_or_no_web_address_is_refused(url: str) -> None:
    with pytest.raises(CallFailed):
        Caller().make(Call(method="GET", url=url, wait=1), "k")


def test_a_name_with_one_private_address_among_public_ones_is_refused() -> None:
    with pytest.raises(AddressRefused, match="PROCESSION_ALLOW_HOSTS"):
        allowed_address("x.org", 80, [], lambda *_: ["93.184.215.14", "10.0.0.1"])


def test_a_call_goes_to_the_very_address_that_was_checked() -> None:
    """A name that points elsewhere a moment later changes nothing: it is asked once."""
    answers = iter([["127.0.0.1"], ["169.254.169.254"]])
    with web_server(lambda _: (200, {}, b"ok")) as web:
        result = Caller(["127.0.0.0/8"], lambda *_: next(answers)).make(
            Call(method="GET", url=f"http://rebinding.test:{web.port}/"), "k"
        )
    assert result["body"] == "ok"
    assert web.asked[0].headers["host"] == f"rebinding.test:{web.port}"
    assert next(answers) == ["169.254.169.254"]


def test_an_administrator_allows_hosts_by_name_address_or_network() -> None:
    for allow in (["erp.local"], ["*.local"], ["erp.local:8080"], ["10.1.2.3"], ["10.0.0.0/8"]):
        assert allowed_address("erp.local", 8080, allow, lambda *_: ["10.1.2.3"]) == "10.1.2.3"
    for allow in (["erp.local:80"], ["10.2.0.0/16"], ["local"]):
        with pytest.raises(AddressRefused):
            allowed_address("erp.local", 8080, allow, lambda *_: ["10.1.2.3"])
    with pytest.raises(HostUnknown):
        allowed_address("x", 80, [], lambda *_: [])


def test_public_addresses_are_public() -> None:
    import ipaddress

    for text in ("93.184.215.14", "2606:4700::1111", "8.8.8.8"):
        assert is_public(ipaddress.ip_address(text))


def test_a_connection_keeps_its_secrets_below_its_own_address() -> None:
    config = {"connection": "erp", "url": "/orders"}
    assert call_of(config, base="https://erp.example.org/api").url == "https://erp.example.org/api/orders"
    whole = {"url": "https://erp.example.org/api/orders"}
    assert call_of(whole, base="https://erp.example.org/api").url == whole["url"]
    assert call_of({"url": "//evil.example/x"}, base="https://erp.example.org/api").url.startswith(
        "https://erp.example.org/api/"
    )
    for url in ("https://evil.example/", "https://erp.example.org.evil.example/api/", "https://erp.example.org/other",
                "../x",
                "https://erp.example.org/api/../x", "a/%2e%2e/%2e%2e/x"):  # fmt: skip
        with pytest.raises(CallFailed, match="not below"):
            call_of({"url": url}, base="https://erp.example.org/api")


def test_secrets_come_from_the_environment_and_are_named_when_missing() -> None:
    connection = Connection(
        id="erp-1",
        url="https://x",
        headers={"Authorization": "Bearer {secrets.token}", "X": "plain"},
        secrets=("token",),
    )
    set_ = {"PROCESSION_CONNECTION_ERP_1_TOKEN": "s3"}
    assert headers_with_secrets(connection, set_) == {"Authorization": "Bearer s3", "X": "plain"}
    with pytest.raises(SecretMissing, match="PROCESSION_CONNECTION_ERP_1_TOKEN"):
        headers_with_secrets(connection, {})
    with pytest.raises(SecretMissing, match="does not list"):
        headers_with_secrets(Connection(id="e", url="x", headers={"A": "{secrets.other}"}), set_)
    assert "s3" not in repr(Call(method="GET", url="x", secret_headers={"Authorization": "s3"}))


def test_what_makes_no_sense_is_refused_with_what_would() -> None:
    with pytest.raises(CallFailed, match="GET, HEAD"):
        call_of({"url": "https://x", "method": "FETCH"})
    with pytest.raises(CallFailed, match="seconds"):
        call_of({"url": "https://x", "timeout": "soon"})
    form = call_of({"url": "https://x", "form": {"a": {"$number": "1"}, "b": "x y"}})
    assert (form.method, form.content, form.content_type) == ("POST", b"a=1&b=x+y", "application/x-www-form-urlencoded")
    assert call_of({"url": "https://x", "timeout": {"$number": "900"}}).wait == 60


def test_json_with_numbers_survives_a_round_trip() -> None:
    value = {"a": [{"$number": "0.10"}, True, None, "x"], "b": {"$number": "-7"}}
    assert read_exact_json(exact_json(value)) == value
    with pytest.raises(ValueError, match="NaN"):
        read_exact_json(b"NaN")
