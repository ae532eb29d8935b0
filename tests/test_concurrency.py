# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""Many at once: threads of one diagnosis and diagnoses side by side share one sign-in, and leave it whole."""

import io
import json
import ssl
import subprocess
import threading
import time
from pathlib import Path

import pytest
import requests
from requests.adapters import HTTPAdapter
from requests.certs import where

from azext_acrlogin.azure.msal_cache import CacheTurns
from azext_acrlogin.azure.token_requests import bounded_requests
from azext_acrlogin.base.replaced import replaced
from azext_acrlogin.base.threads import side_by_side
from azext_acrlogin.net.session import TrustOnceAdapter
from azext_acrlogin.net.traffic import Traffic
from tests.hardening import diagnosis, report_faults
from tests.site.homes import AZ

AT_ONCE = 20


def test_twenty_diagnoses_leave_the_sign_in_whole(bench):
    environment = bench.environment(drop_access_tokens=True)
    command = diagnosis("--client", "none", "--output", "json")
    processes = [subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                  stderr=subprocess.PIPE, text=True) for _ in range(AT_ONCE)]
    for process in processes:
        stdout, stderr = process.communicate(timeout=120)
        assert process.returncode == 0, stderr[-2000:]
        assert not report_faults(json.loads(stdout))
    folder = Path(environment["AZURE_CONFIG_DIR"])
    for path in folder.glob("*.json"):
        json.loads(path.read_text("utf-8-sig"))
    assert not list(folder.glob("*.lockfile"))
    token = subprocess.run([AZ, "account", "get-access-token"], env=environment, capture_output=True, text=True,
                           timeout=60, check=False)
    assert token.returncode == 0, token.stderr
    assert json.loads(token.stdout)["accessToken"].startswith("ey")


def _cache(folder):
    from msal_extensions import FilePersistence, PersistedTokenCache
    return PersistedTokenCache(FilePersistence(str(folder / "cache.json")))


def _answer(number):
    return {"client_id": "c", "scope": [f"scope{number}"], "token_endpoint": "https://login.example/t/oauth2/token",
            "response": {"access_token": "a" * 1000, "refresh_token": f"r{number}", "expires_in": 3600, "foci": "1"}}


def _refresh(turns, cache, number, times=10):
    """What MSAL does with the answer to a refresh token."""
    with turns.one_at_a_time():
        for _ in range(times):
            cache.add(_answer(number))
            for refresh_token in cache.search(cache.CredentialType.REFRESH_TOKEN):
                cache.update_rt(refresh_token, f"r{number}")


def test_two_threads_that_get_tokens_do_not_block_each_other(tmp_path):
    turns, cache = CacheTurns(), _cache(tmp_path)
    threads = [threading.Thread(target=_refresh, args=(turns, cache, number), daemon=True) for number in range(4)]
    started = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert not any(thread.is_alive() for thread in threads)
    assert time.monotonic() - started < 5       # MSAL alone needs more than ten seconds for the first deadlock
    assert len(json.loads((tmp_path / "cache.json").read_text("utf-8"))["AccessToken"]) == 4


def test_nobody_writes_any_more_once_the_diagnosis_is_over(tmp_path):
    turns, cache = CacheTurns(), _cache(tmp_path)
    threading.Thread(target=_refresh, args=(turns, cache, 1, 10_000), daemon=True).start()
    while not (tmp_path / "cache.json").exists():
        time.sleep(0.01)
    time.sleep(0.1)
    turns.end()
    written = (tmp_path / "cache.json").read_text("utf-8")
    assert json.loads(written)
    assert not (tmp_path / "cache.json.lockfile").exists()
    time.sleep(0.3)
    assert (tmp_path / "cache.json").read_text("utf-8") == written
    _cache(tmp_path).add(_answer(1))    # others are not kept out


def test_an_empty_file_is_read_again(tmp_path):
    from msal_extensions import FilePersistence
    file = tmp_path / "cache.json"
    file.write_text("", "ascii")
    with CacheTurns().one_at_a_time():
        threading.Timer(0.1, file.write_text, ("{}", "ascii")).start()
        assert FilePersistence(str(file)).load() == "{}"


class _Library:
    """Something that has no hook."""

    def say(self):
        return "as ever"


class _Inheriting(_Library):
    pass


def _replaced(original):
    return lambda self: "replaced, not " + original(self)


@pytest.mark.parametrize("owner", [_Library, _Inheriting])
def test_a_method_is_replaced_for_one_thread_and_put_back_by_the_last(owner):
    before, there, done, said = vars(owner).get("say"), threading.Event(), threading.Event(), []

    def other():
        with replaced(owner, "say", _replaced):
            said.append(owner().say())
            there.set()
            done.wait(10)

    thread = threading.Thread(target=other, daemon=True)
    with replaced(owner, "say", _replaced):
        thread.start()
        assert there.wait(10) and owner().say() == "replaced, not as ever"
    assert owner().say() == "as ever" and vars(owner).get("say") is not before
    done.set()
    thread.join(10)
    assert vars(owner).get("say") is before and said == ["replaced, not as ever"]


def test_requests_are_bounded_and_counted_in_the_thread_that_asks_alone(monkeypatch):
    sent = []

    def send(self, request, **options):
        sent.append((options.get("timeout"), self.max_retries.respect_retry_after_header))
        answer = requests.Response()
        answer.status_code, answer.raw, answer.url, answer.request = 200, io.BytesIO(b"{}"), request.url, request
        return answer

    monkeypatch.setattr(HTTPAdapter, "send", send)
    traffic, session = Traffic(), requests.Session()
    session.trust_env = False
    adapter = session.get_adapter("https://login.example")
    retries = adapter.max_retries
    with bounded_requests(traffic, 7):
        assert session.get("https://login.example/token").json() == {}
        other = threading.Thread(target=session.get, args=("https://login.example/other",))
        other.start()
        other.join(10)
    assert sent == [(7, False), (None, True)] and (traffic.total, traffic.failed) == (1, 0)
    assert HTTPAdapter.send is send and adapter.max_retries is retries


def test_no_request_is_lost_from_the_count():
    traffic, answer = Traffic(), requests.Response()
    answer.status_code = 503
    side_by_side(range(2000), lambda _: traffic.seen("https://login.example", lambda: answer))
    assert (traffic.total, traffic.failed) == (2000, 2000)


def test_connections_do_not_change_the_context_that_they_share():
    pool = TrustOnceAdapter(Traffic(), {}).build_connection_pool_key_attributes(_Request(), where())[1]
    pool["ssl_context"].set_alpn_protocols(["later"])  # as urllib3 does for every connection
    sent = ssl.MemoryBIO()
    connection = pool["ssl_context"].wrap_bio(ssl.MemoryBIO(), sent, server_hostname="myregistry.azurecr.io")
    with pytest.raises(ssl.SSLWantReadError):
        connection.do_handshake()
    hello = sent.read()
    assert b"\x08http/1.1" in hello and b"later" not in hello


class _Request:
    url = "https://myregistry.azurecr.io/v2/"
