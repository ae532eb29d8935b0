# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""Many at once: threads of one diagnosis and diagnoses side by side share one sign-in, and leave it whole."""

import json
import ssl
import subprocess
import threading
import time
from pathlib import Path

import pytest
from requests.certs import where

from azext_acrlogin.azure.msal_cache import serialized_token_cache
from azext_acrlogin.net.trust import TrustOnceAdapter
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


def _refresh(cache, number):
    """What MSAL does with the answer to a refresh token."""
    for _ in range(10):
        cache.add(_answer(number))
        for refresh_token in cache.search(cache.CredentialType.REFRESH_TOKEN):
            cache.update_rt(refresh_token, f"r{number}")


def test_two_threads_that_get_tokens_do_not_block_each_other(tmp_path):
    with serialized_token_cache():
        cache = _cache(tmp_path)
        threads = [threading.Thread(target=_refresh, args=(cache, number), daemon=True) for number in range(4)]
        started = time.monotonic()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        assert not any(thread.is_alive() for thread in threads)
        assert time.monotonic() - started < 5       # MSAL alone needs more than ten seconds for the first deadlock
    assert len(json.loads((tmp_path / "cache.json").read_text("utf-8"))["AccessToken"]) == 4


def test_nobody_writes_any_more_once_the_diagnosis_is_over(tmp_path):
    with serialized_token_cache():
        cache = _cache(tmp_path)
        writer = threading.Thread(target=lambda: [_refresh(cache, number) for number in range(1000)], daemon=True)
        writer.start()
        while not (tmp_path / "cache.json").exists():
            time.sleep(0.01)
        time.sleep(0.1)
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
    with serialized_token_cache():
        threading.Timer(0.1, file.write_text, ("{}", "ascii")).start()
        assert FilePersistence(str(file)).load() == "{}"


@pytest.mark.parametrize("name", ["add", "modify", "search"])
def test_the_cache_class_is_left_as_it_was(name):
    from msal_extensions import PersistedTokenCache
    before = vars(PersistedTokenCache).get(name)
    with serialized_token_cache():
        assert vars(PersistedTokenCache).get(name) is not before
    assert vars(PersistedTokenCache).get(name) is before


def test_connections_do_not_change_the_context_that_they_share():
    pool = TrustOnceAdapter().build_connection_pool_key_attributes(_Request(), where())[1]
    pool["ssl_context"].set_alpn_protocols(["later"])  # as urllib3 does for every connection
    sent = ssl.MemoryBIO()
    connection = pool["ssl_context"].wrap_bio(ssl.MemoryBIO(), sent, server_hostname="myregistry.azurecr.io")
    with pytest.raises(ssl.SSLWantReadError):
        connection.do_handshake()
    hello = sent.read()
    assert b"\x08http/1.1" in hello and b"later" not in hello


class _Request:
    url = "https://myregistry.azurecr.io/v2/"
