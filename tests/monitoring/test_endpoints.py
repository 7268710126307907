"""Endpoints, asked for real: what answers, what does not, and what a certificate has to say."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from typing import Any

import pytest

from jupyter_runt.errors import UsageError
from jupyter_runt.monitoring import Health
from jupyter_runt.monitoring.certificates import expires_at
from jupyter_runt.monitoring.endpoints import endpoints, examine
from jupyter_runt.monitoring.http_exchange import trust
from tests.monitoring.websites import STALLED, Authority, Site, authority, refusing, website

DAY = 86400.0


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    with website() as found:
        yield found
    STALLED.set()


@pytest.fixture(scope="module")
def signer(tmp_path_factory) -> Authority:
    return authority(tmp_path_factory.mktemp("ca"))


def examined(*given: Any, **defaults: Any) -> dict[str, dict[str, Any]]:
    """By endpoint and check, its status and message."""
    health = Health("web")
    examine(health, endpoints(given, **{"timeout": 5, **defaults}))
    found: dict[str, dict[str, Any]] = {}
    for each in health.report.checks:
        found.setdefault(each.group, {})[each.name] = (each.status, each.message)
    return found


def test_what_is_critical_is_never_milder_than_a_warning(site):
    slow = {"url": f"{site.url}/page", "latency_warning": 9, "latency_critical": 1e-6}
    assert one(slow)["latency"][0] == "CRITICAL"


def one(*given: Any, **defaults: Any) -> dict[str, Any]:
    (found,) = examined(*given, **defaults).values()
    return found


def test_an_endpoint_that_is_well(site):
    found = one({"url": f"{site.url}/page", "contains": "all is well"}, latency_warning=5, latency_critical=9)
    assert found == dict.fromkeys(("answers", "status", "latency", "content"), ("OK", ""))


@pytest.mark.parametrize(
    ("path", "wanted", "check", "message"),
    [
        ("/500", {}, "status", "status is 500, not 200: Internal Server Error"),
        ("/404", {"status": [200, 204]}, "status", "status is 404, not 200 or 204: Not Found"),
        ("/200", {"status": 201}, "status", "status is 200, not 201: OK"),
        ("/page", {"contains": "all is lost"}, "content", "content: 'all is lost' is not in the 27 bytes of the answer"),
        ("/large", {"contains": "the end"}, "content", "content: 'the end' is not in the 1,048,576 bytes of the answer"),
        ("/page", {"latency_critical": 1e-6}, "latency", None),
        ("/close", {}, "answers", "answers: the connection was closed without an answer"),
        ("/garbage", {}, "answers", "answers: no HTTP: BadStatusLine SSH-2.0-OpenSSH"),
        ("/cut", {"contains": "all is well"}, "answers", "answers: its answer ended too early"),
        ("/to/to/to/to/to/to/page", {}, "answers", "answers: more than 5 redirects"),
        ("/to/httpx://a.example/", {}, "answers", "answers: a redirect leads to httpx://a.example"),
        ("/hang", {"timeout": 0.2}, "answers", "answers: no answer within 200 ms"),
        ("/drip", {"timeout": 0.2}, "answers", "answers: no answer within 250 ms"),
        ("/slow-body", {"timeout": 0.2}, "answers", "answers: no answer within 200 ms"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_an_endpoint_is_critical_and_said(site, path, wanted, check, message):
    status, said = one({"url": site.url + path, **wanted})[check]
    assert status == "CRITICAL"
    assert message is None or said == message


@pytest.mark.parametrize(("path", "wanted"), [("/gzip", "all is well"), ("/latin", "blå")])
def test_content_is_read_as_its_headers_say(site, path, wanted):
    assert one({"url": site.url + path, "contains": wanted})["content"] == ("OK", "")


def test_content_that_cannot_be_read_is_no_data(site):
    said = "content could not be measured: ValueError: it is compressed as br"
    assert one({"url": f"{site.url}/br", "contains": "all is well"})["content"] == ("NO DATA", said)


def test_where_nobody_listens_only_that_is_known():
    assert one(refusing()) == {"answers": ("CRITICAL", "answers: connection refused")}
    status, said = one("http://no-such-host.invalid/")["answers"]
    assert (status, said[:38]) == ("CRITICAL", "answers: its name cannot be resolved: ")


def test_all_are_asked_at_once(site):
    begun = time.monotonic()
    found = examined(*[{"url": f"{site.url}/hang", "name": f"n{number}"} for number in range(20)], timeout=0.5)
    assert time.monotonic() - begun < 5, "one after the other it would take ten seconds"
    assert {each["answers"][0] for each in found.values()} == {"CRITICAL"}


def test_what_is_told_to_one_site_is_not_told_to_another(site):
    with website() as other:
        headers = {"Authorization": "Bearer secret", "X-Mine": "1"}
        found = one({"url": f"{site.url}/to/{other.url}/page", "headers": headers})
        assert found["status"] == ("OK", "")
        assert site.asked[-1][2]["Authorization"] == "Bearer secret"
        (asked,) = other.asked
        assert asked[1] == "/page"
        assert not {"Authorization", "X-Mine"} & asked[2].keys()


def test_a_redirect_to_the_same_site_keeps_its_headers_and_a_post_is_not_repeated(site):
    assert one({"url": f"{site.url}/to/page", "headers": {"X-Mine": "1"}})["status"] == ("OK", "")
    assert [each[2].get("X-Mine") for each in site.asked[-2:]] == ["1", "1"]
    assert one({"url": f"{site.url}/page", "headers": {"X-Mine": "2"}}, headers={"X-Mine": "1", "X-All": "3"})
    assert [site.asked[-1][2].get(name) for name in ("X-Mine", "X-All")] == ["2", "3"], "its own, and everybody's"
    one({"url": f"{site.url}/to/page", "method": "POST"})
    assert site.asked[-1][:2] == ("POST", "/to/page")


def test_an_address_may_have_letters_of_any_language_and_no_others(site):
    assert one(f"{site.url}/søk?q=blå bær")["status"] == ("OK", "")
    assert site.asked[-1][1] == "/s%C3%B8k?q=bl%C3%A5%20b%C3%A6r"
    one(f"{site.url}/a\r\nX-Injected: 1")
    assert "X-Injected" not in site.asked[-1][2]


def test_an_address_may_be_one_of_ipv6():
    if not socket.has_ipv6:
        pytest.skip("this machine has no IPv6")
    with website(host="::1") as six:
        assert one(f"{six.url}/page")["status"] == ("OK", "")
        assert six.asked[-1][2]["Host"] == six.url.removeprefix("http://")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (3, "An endpoint is a URL, or a mapping with `url`"),
        ({"name": "x"}, "An endpoint is a URL, or a mapping with `url`"),
        ("jupyter.org", "is no URL of a website"),
        ("file:///etc/passwd", "is no URL of a website"),
        ("https://me:hunter2@example.org/x?token=hunter2", "a URL with a password in it would be shown"),
        ({"url": "https://a.example", "contians": "x"}, "unknown key 'contians'"),
        ({"url": "https://a.example", "timeout": 0}, "timeout must be above 0"),
        ({"url": "https://a.example", "status": True}, "status cannot be a bool"),
        ({"url": "https://a.example", "headers": "x"}, "headers cannot be a str"),
        ({"url": "https://a.example", "weight": "heavy"}, "weight cannot be a str"),
        ({"url": "https://a.example", "headers": {"X-Key": "hunter2\n"}}, "the header X-Key holds the end of a line"),
        ({"url": "https://a.example", "headers": {"X-Key": "“hunter2”"}}, "or letters that no header can hold"),
        ({"url": "https://a.example", "headers": {"X Key": "hunter2"}}, "'X Key' is no name of a header"),
        ({"url": "https://a.example", "method": "GET /x"}, "'GET /x' is no method"),
        ({"url": "https://a.example", "ca_file": "/no/such"}, "ca_file '/no/such' cannot be read: No such file"),
        ("https://me:hunter2@example.org:99999/", "is no URL of a website"),
        ("https://[::1/", "is no URL of a website"),
    ],
)
def test_a_list_with_slips_is_refused_without_telling_secrets(given, said):
    with pytest.raises(UsageError) as caught:
        endpoints([given])
    assert said in str(caught.value)
    assert "hunter2" not in str(caught.value)


def test_endpoints_are_called_by_their_url_without_its_query_or_by_their_name():
    named = endpoints(
        ["https://a.example/x?token=t", {"url": "https://a.example/x/", "name": "X"}, "https://a.example/x"]
    )
    assert [each.name for each in named] == ["https://a.example/x", "X", "https://a.example/x (2)"]


# -- certificates ----------------------------------------------------------------------------------------------------


def test_a_certificate_that_is_trusted_and_lasts(signer):
    with website(signer.certificate("good", ends=90)) as site:
        found = one({"url": site.url, "ca_file": str(signer.file)})
        assert found["answers"] == found["certificate"] == ("OK", "")
        warned = one({"url": site.url, "ca_file": str(signer.file)}, certificate_warning_days=100)["certificate"]
        assert warned == ("WARNING", "certificate is 90 d, below 100 d: it expires in 90 d")
        assert (
            one({"url": site.url, "ca_file": str(signer.file)}, certificate_critical_days=95)["certificate"][0]
            == "CRITICAL"
        )


def test_an_expired_certificate_is_critical_and_said_since_when(signer):
    with website(signer.certificate("old", ends=-3)) as site:
        found = one({"url": site.url, "ca_file": str(signer.file)})
    assert found["answers"] == ("CRITICAL", "answers: its certificate is not trusted: certificate has expired")
    status, said = found["certificate"]
    assert (status, said) == ("CRITICAL", "certificate is -3 d, below 7 d: it expired 3 d ago")


def test_a_certificate_that_nobody_vouches_for_is_critical_unless_one_says_otherwise(signer):
    with website(signer.certificate("own", ends=90, own=True)) as site:
        found = one(site.url)
        assert found["answers"][0] == "CRITICAL"
        assert found["answers"][1].startswith("answers: its certificate is not trusted: self-signed certificate")
        assert found["certificate"] == ("OK", ""), "it is known all the same"
        found = one({"url": site.url, "verify": False})
        assert found["answers"] == found["status"] == found["certificate"] == ("OK", "")


def test_a_certificate_of_another_host_is_critical(signer):
    with website(signer.certificate("other", ends=90, host="elsewhere.example")) as site:
        status, said = one({"url": site.url, "ca_file": str(signer.file)})["answers"]
    assert status == "CRITICAL"
    assert "Hostname mismatch" in said


def test_of_two_certificates_on_the_way_the_one_that_expires_first_is_judged(signer):
    with (
        website(signer.certificate("first", ends=10)) as first,
        website(signer.certificate("second", ends=90)) as second,
    ):
        found = one({"url": f"{first.url}/to/{second.url}/page", "ca_file": str(signer.file)})
    assert found["status"] == ("OK", "")
    assert found["certificate"] == ("WARNING", "certificate is 10 d, below 21 d: it expires in 10 d")


def test_what_is_trusted_is_read_once_and_not_while_an_answer_is_timed(signer):
    assert trust(str(signer.file)) is trust(str(signer.file))
    assert trust() is not trust(verify=False)


def test_what_speaks_no_tls_is_said_to(site):
    status, said = one(site.url.replace("http:", "https:"))["answers"]
    assert status == "CRITICAL"
    assert said.startswith("answers: TLS: ")


@pytest.mark.parametrize("ends", [20, 365 * 60])
def test_the_end_of_a_certificate_is_read_from_its_bytes_before_and_after_2050(signer, ends):
    import ssl

    path = signer.certificate(f"until-{ends}", ends=ends)
    der = ssl.PEM_cert_to_DER_cert(path.read_text().partition("-----BEGIN PRIVATE")[0])
    assert expires_at(der) == pytest.approx(time.time() + ends * DAY, abs=300)
    for length in (0, 1, 5, 60, 100):
        with pytest.raises(ValueError, match="no certificate"):
            expires_at(der[:length])
