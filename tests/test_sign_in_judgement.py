# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""The CLI's sign-in: what its files, Entra's refusals and Resource Manager's show, and what they do not show."""

import json
import os
import time
from types import SimpleNamespace

import pytest

from azext_acrlogin.azure.arm import ArmAnswer
from azext_acrlogin.azure.cli_login import Account, TokenAnswer
from azext_acrlogin.azure.sign_in_files import FileFault, fault_in, fault_of_profile
from azext_acrlogin.base.tracebacks import is_defect
from azext_acrlogin.catalogue import codes, filled
from azext_acrlogin.checks import entra_token, login, resource_manager
from azext_acrlogin.checks.entra_refusals import REGISTRY_AUDIENCE
from azext_acrlogin.engine.model import Status
from azext_acrlogin.engine.question import Cloud, Question
from azext_acrlogin.evidence.entra_token import EntraTokenEvidence
from azext_acrlogin.evidence.identity import IdentityEvidence
from azext_acrlogin.evidence.login import LoginEvidence
from azext_acrlogin.evidence.registry import RegistryEvidence
from azext_acrlogin.evidence.resource_manager import ResourceManagerEvidence
from azext_acrlogin.net.http import Answer
from azext_acrlogin.protocol.entra_errors import refusal_of
from azext_acrlogin.render.commands import best
from tests.inputs import inputs

TENANT, CLIENT = "11111111-1111-4111-8111-11111111c001", "a1b2c3d4-0001-4000-8000-00000000c101"
CLOUD = Cloud("AzureCloud", ".azurecr.io", "https://login.microsoftonline.com", "https://management.azure.com/",
              "https://management.core.windows.net/", "https://graph.microsoft.com/", None, REGISTRY_AUDIENCE)
# As reported in Azure/azure-cli#31777.
CLAIMS = ("eyJhY2Nlc3NfdG9rZW4iOnsibmJmIjp7ImVzc2VudGlhbCI6dHJ1ZSwidmFsdWUiOiIxNzUyMDQxODM3In0sInhtc19ycF9pcGFkZHIiOn"
          "sidmFsdWUiOiIxODUuNy4xOTcuMTc4In19fQ==")
CHALLENGE = ('Bearer realm="", authorization_uri="https://login.microsoftonline.com/common/oauth2/authorize", '
             'client_id="00000003-0000-0000-c000-000000000000", error_description="Continuous access evaluation '
             'resulted in challenge with result: InteractionRequired and code: LocationConditionEvaluationSatisfied", '
             f'error="insufficient_claims", claims="{CLAIMS}", PoP realm="", '
             'authorization_uri="https://login.microsoftonline.com/common/oauth2/authorize"')


def asked(**options):
    return Question(**{"name": "myregistry", "cloud": CLOUD, **options})


def signed_in(user_type="user", **options):
    name = "alex@contoso.example" if user_type == "user" else CLIENT
    account = Account("sub-dev", "Dev", "Enabled", TENANT, TENANT, name, user_type, None, False, True)
    return LoginEvidence(True, name, user_type, TENANT, account=account, accounts=[account], **options)


def fix_for(judgement, windows=False):
    finding = judgement.findings[0]
    return best(codes()[finding.code].fixes, finding.facts, windows)


def refused(number, who=None, error="invalid_grant", text="", audience=REGISTRY_AUDIENCE, assertion=None,
            registry=None, **more):
    """The judgement of a refusal, and its fix."""
    body = {"error": error, "error_codes": [number] if number else [], "error_description": text or "Refused."}
    answer = TokenAnswer(refusal=refusal_of(body, "", **more), assertion=assertion)
    judgement = entra_token.judge(asked(), EntraTokenEvidence(audience, token_answer=answer),
                                  inputs({"login": who or signed_in(), "registry": registry}))
    return judgement, fix_for(judgement)


def lines(fix):
    return [command["line"] for command in fix["commands"]]


# ---- One fix for each kind of refusal ------------------------------------------------------------------------------

@pytest.mark.parametrize("number, user_type, run_by, says", [
    (50076, "user", "you", "Sign in interactively"),
    (50076, "servicePrincipal", "tenantAdministrator", "workload identities"),
    (53003, "user", "tenantAdministrator", "Look up this sign-in"),
    (53003, "servicePrincipal", "tenantAdministrator", "workload identities"),
    (53000, "user", "you", "Sign in from a device that your organization manages"),
    (53001, "user", "you", "joined to the domain"),
    (530036, "user", "you", "with a browser"),
    (50002, "user", "networkAdministrator", "Restrict-Access-To-Tenants"),
    (500212, "user", "tenantAdministrator", "Outbound access"),
    (500213, "user", "tenantAdministrator", "Inbound access"),
    (50057, "user", "tenantAdministrator", "Enable the user"),
    (50053, "user", "you", "Wait a few minutes until Entra unlocks"),
    (50055, "user", "you", "Change the password"),
    (50020, "user", "tenantAdministrator", "as a guest"),
    (7000112, "user", "tenantAdministrator", "Microsoft Azure CLI"),
    (7000112, "servicePrincipal", "tenantAdministrator", f"Enable application {CLIENT}"),
    (700024, "servicePrincipal", "serviceOwner", "right before it needs the registry"),
    (90093, "user", "you", "Wait a few minutes"),
    (50105, "user", "tenantAdministrator", "Users and groups"),
    (50105, "servicePrincipal", "tenantAdministrator", f"shuts out application {CLIENT}"),
    (65001, "user", "tenantAdministrator", "Grant alex@contoso.example consent"),
    (7000222, "servicePrincipal", "serviceOwner", "Create a new client secret"),
    (700016, "managedIdentity", "serviceOwner", "off and on again"),
    (7000112, "managedIdentity", "tenantAdministrator", "Enable the system-assigned identity of this machine"),
    (53003, "managedIdentity", "tenantAdministrator", "Look up this sign-in"),
    (799999, "user", "you", "Look up the AADSTS number"),
])
def test_what_cures_a_refusal_depends_on_its_number_and_on_who_is_refused(number, user_type, run_by, says):
    _, fix = refused(number, signed_in(user_type))
    assert fix["runBy"] == run_by and says in fix["description"]


def managed(assigned=None):
    name = "userAssignedIdentity" if assigned else "systemAssignedIdentity"
    account = Account("sub-dev", "Dev", "Enabled", TENANT, TENANT, name, "managedIdentity", assigned, False, True)
    return LoginEvidence(True, name, "managedIdentity", TENANT, account=account, accounts=[account])


@pytest.mark.parametrize("status, error, says", [
    (429, None, "Status 429"), (503, "server_error", "Status 503"), (400, "invalid_request", f"client id {CLIENT}"),
    (None, "invalid_request", f"client id {CLIENT}"), (None, None, "Check under Identity"),
    (400, None, "Check under Identity")])
def test_an_identity_is_assigned_again_only_where_the_endpoint_says_something_of_it(status, error, says):
    judgement, fix = refused(0, managed(f"MSIClient-{CLIENT}"), error, by_identity_endpoint=True, status=status)
    assert judgement.findings[0].code == "AAD_MANAGED_IDENTITY_ERROR" and says in fix["description"]
    assert f"to the user-assigned identity {CLIENT}" in judgement.message


@pytest.mark.parametrize("text, error, has, lacks", [
    ("Identity not found", "invalid_request", "Enable a system-assigned identity for this machine", "NO_PROXY"),
    ("Multiple user assigned identities exist", "invalid_request", "Check under Identity", "NO_PROXY"),
    ("<html>blocked</html>", None, "NO_PROXY must include 169.254.169.254", "Enable a")])
def test_an_identity_is_missing_only_where_the_endpoint_says_so(text, error, has, lacks):
    judgement, fix = refused(0, managed(), error, text=text, by_identity_endpoint=True, status=400)
    assert has in fix["description"] and lacks not in fix["description"]
    assert ("this machine has no system-assigned identity" in judgement.message) is has.startswith("Enable")


def test_the_clis_name_of_a_managed_identity_is_in_no_command():
    for number in (7000112, 53003, 700016, 50105, 50057, 7000222, 700027):
        for who in (managed(), managed(f"MSIResource-/subscriptions/s/resourceGroups/g/x/{number}")):
            judgement, fix = refused(number, who, by_identity_endpoint=True)
            assert "AssignedIdentity" not in judgement.message + fix["description"] + "".join(lines(fix))


def test_a_certificate_that_expired_is_not_replaced_by_a_secret():
    _, fix = refused(700027, signed_in("servicePrincipal"), text="AADSTS700027: [Reason - The key used is expired.]")
    assert "--create-cert" in lines(fix)[0] and "secret" not in fix["description"]


@pytest.mark.parametrize("guest, object_id, command", [
    (True, "guest-id", "--id guest-id "), (False, "member-id", "--id alex@contoso.example "),
    (None, None, "--id alex@contoso.example "), (True, None, "--id alex@contoso.example ")])
def test_a_guest_is_enabled_by_the_object_of_this_tenant(guest, object_id, command):
    answer = TokenAnswer(refusal=refusal_of({"error": "invalid_grant", "error_codes": [50057]}, ""))
    judgement = entra_token.judge(asked(), EntraTokenEvidence(REGISTRY_AUDIENCE, token_answer=answer), inputs({
        "login": signed_in(), "identity": IdentityEvidence("user", object_id=object_id, guest=guest)}))
    assert command in lines(fix_for(judgement))[0]


def test_what_blocks_a_sign_in_is_not_answered_with_the_same_sign_in():
    for number in (53003, 530084, 530032):
        assert not lines(refused(number)[1])


def test_token_protection_is_met_by_windows_account_manager_alone():
    off, on = (refused(530084, signed_in(broker=broker))[1] for broker in (False, True))
    assert "az config set core.enable_broker_on_windows=true" in lines(off)
    assert "a Windows device" in on["description"] and not any("config" in line for line in lines(on))
    assert refused(530084, signed_in(broker=None))[1]["runBy"] == "tenantAdministrator"


def test_a_fault_of_windows_account_manager_is_not_entras():
    text = "(pii). Status: Response_Status.Status_Unexpected, Error code: 3399614476, Tag: 508634112"
    judgement, fix = refused(0, signed_in(broker=True), error="broker_error", text=text)
    assert judgement.message.startswith("Windows' account manager (WAM) did not issue")
    assert "az config set core.enable_broker_on_windows=false" in lines(fix)
    numbered, _ = refused(0, signed_in(broker=True), error="broker_error", text="AADSTS53000: not compliant. " + text)
    assert numbered.findings[0].code == "AAD_CONDITIONAL_ACCESS_ERROR"


def test_a_federated_credential_is_made_of_the_assertion_alone():
    claims = {"iss": "https://token.actions.githubusercontent.com", "sub": "repo:contoso/app:pull_request",
              "aud": "api://AzureADTokenExchange"}
    judgement, fix = refused(700213, signed_in("servicePrincipal"), assertion=claims)
    assert judgement.findings[0].code == "AAD_CLIENT_ASSERTION_ERROR"
    command = fix["commands"][0]
    assert command["argv"][-2:] == ["--parameters", "@parameters.json"]
    assert json.loads(command["file"]["text"]) == {
        "name": "acr-repo-contoso-app-pull-request", "issuer": claims["iss"], "subject": claims["sub"],
        "audiences": [claims["aud"]]}
    for lacking in ({}, {**claims, "sub": None}, {**claims, "aud": []}, None):
        _, fix = refused(700213, signed_in("servicePrincipal"), assertion=lacking)
        assert "list" in lines(fix)[0] and "create" not in lines(fix)[0]


def test_a_disabled_resource_is_enabled_where_it_is_known_which_one_it_is():
    assert "6a0ec4d3-30cb-4a83-91c0-ae56bc0e3d26" in lines(refused(500014)[1])[0]
    _, fix = refused(500014, audience="https://other.example")
    assert lines(fix) == ["az config unset acr.audience_resource"]


def test_an_endpoint_without_the_audience_is_passed_by_as_far_as_the_registry_is_known():
    def fix(policy, **who):
        shown = RegistryEvidence("myregistry", True, registry=SimpleNamespace(authentication_as_arm=policy))
        judgement, found = refused(0, signed_in(**who), "AudienceNotSupported", registry=shown,
                                   by_identity_endpoint=True)
        assert judgement.findings[0].code == "AAD_MANAGED_IDENTITY_ERROR"
        return found
    accepted = lines(fix("enabled", in_cloud_shell=True))
    assert accepted == ["az config set acr.audience_resource=https://management.azure.com/",
                        "az acr login --name myregistry --expose-token"]
    for policy in ("disabled", None):
        assert lines(fix(policy, in_cloud_shell=True))[0] == f"az login --tenant {TENANT}"
    assert lines(fix("enabled", user_type="managedIdentity"))[1] == "az acr login --name myregistry"


# ---- The files of the sign-in --------------------------------------------------------------------------------------

def cli(folder, encrypted=False):
    return SimpleNamespace(config=SimpleNamespace(
        config_dir=str(folder), getboolean=lambda *_arguments, fallback=None: encrypted))


def fault(folder, error=None, client_id=None, **options):
    found = fault_in(cli(folder, **options), client_id, error or ValueError())
    return (os.path.basename(found.path), found.kind) if found else None


@pytest.mark.parametrize("text, kind", [
    ('{"Account": {}, "AccessTok', "damaged"), ("[1]", "damaged"), ('{"Account": []}', "damaged"), ("", None),
    ('{"Account": {}}', None), ("[" * 100_000, "damaged")])
def test_the_token_cache(tmp_path, text, kind):
    (tmp_path / "msal_token_cache.json").write_text(text, encoding="utf-8")
    assert fault(tmp_path) == (("msal_token_cache.json", kind) if kind else None)


@pytest.mark.parametrize("text, kind", [
    ("", "damaged"), ("{}", "damaged"), ("[{}]", "damaged"), ("[]", None),
    (json.dumps([{"client_id": CLIENT, "tenant": TENANT, "client_secret": "s"}]), None)])
def test_the_entries_of_service_principals(tmp_path, text, kind):
    (tmp_path / "service_principal_entries.json").write_text(text, encoding="utf-8")
    assert fault(tmp_path, client_id=CLIENT) == (("service_principal_entries.json", kind) if kind else None)
    assert fault(tmp_path) is None, "a user's sign-in does not use it"


def test_files_that_are_not_there_are_no_fault(tmp_path):
    assert fault(tmp_path) is None and fault(tmp_path, client_id=CLIENT) is None


def test_a_lock_counts_when_another_process_has_held_it_for_long(tmp_path):
    lock = tmp_path / "msal_token_cache.json.lockfile"
    lock.touch()
    assert fault(tmp_path) is None
    long_ago = time.time() - 30
    os.utime(lock, (long_ago, long_ago))
    assert fault(tmp_path) == (lock.name, "locked")


def test_what_cannot_be_decrypted_or_encrypted(tmp_path):
    from msal_extensions.persistence import PersistenceDecryptionError
    error = PersistenceDecryptionError(-2146893813, "Decryption failed: Key not valid for use in specified state.",
                                       str(tmp_path / "msal_token_cache.bin"))
    assert fault(tmp_path, error, encrypted=True) == ("msal_token_cache.bin", "undecryptable")
    assert fault(tmp_path, encrypted=True) is None
    without_key_store = pytest.importorskip("msal_extensions.persistence")
    try:
        without_key_store.LibsecretPersistence(str(tmp_path / "x"))
    except Exception as missing:  # pylint: disable=broad-except
        assert fault(tmp_path, missing, encrypted=True) == ("msal_token_cache.bin", "noEncryption")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write everywhere")
def test_what_cannot_be_written(tmp_path):
    cache = tmp_path / "msal_token_cache.json"
    cache.write_text("{}", encoding="utf-8")
    cache.chmod(0o400)
    assert fault(tmp_path, PermissionError(13, "Permission denied")) == (cache.name, "unwritable")
    assert fault(tmp_path) is None


@pytest.mark.parametrize("content, damaged", [
    ({}, False), ({"subscriptions": []}, False), ({"subscriptions": None}, False), ([], True), (None, True),
    ({"subscriptions": {}}, True), ({"subscriptions": ["x"]}, True), ({"subscriptions": [{"id": "1"}]}, True),
    ({"subscriptions": [{"id": "1", "name": "Dev", "environmentName": "AzureCloud"}]}, False)])
def test_the_list_of_subscriptions(content, damaged):
    assert bool(fault_of_profile(content, "azureProfile.json", "/home/alex/.azure")) is damaged


def test_what_a_file_needs_depends_on_whose_it_is():
    def fix(kind, user_type="user", **options):
        found = FileFault("/home/alex/.azure/msal_token_cache.json", kind, local_user="alex", **{
            "folder": "/home/alex/.azure", **options})
        evidence = EntraTokenEvidence(REGISTRY_AUDIENCE, token_answer=TokenAnswer(file_fault=found))
        judgement = entra_token.judge(asked(), evidence, inputs({"login": signed_in(user_type)}))
        assert [finding.code for finding in judgement.findings] == ["CLI_SIGN_IN_FILES_ERROR"]
        return lines(fix_for(judgement))
    assert fix("unreadable", not_ours=True) == ["sudo chown -R alex /home/alex/.azure"]
    assert fix("unreadable") == ["chmod u+rw /home/alex/.azure/msal_token_cache.json"]
    assert fix("unreadable", not_ours=True, folder=None) == []
    assert fix("damaged")[1] == fix("undecryptable")[1] == f"az login --tenant {TENANT}"
    assert "--service-principal" in fix("damaged", "servicePrincipal")[1]
    assert fix("locked") == [] and fix("missing", "servicePrincipal") == []


def test_other_credentials_need_no_sign_in():
    for evidence in (LoginEvidence(False), LoginEvidence(False, file_fault=FileFault("/p", "damaged")),
                     LoginEvidence(True, asked_subscription="Nope"), LoginEvidence(True, repeated_subscription="1")):
        assert login.judge(asked(username="x"), evidence, inputs({})).status is Status.UNKNOWN
        assert login.judge(asked(), evidence, inputs({})).status is Status.FAILED


def test_a_failure_of_msal_is_told_from_a_defect():
    with pytest.raises(ValueError) as of_a_library:
        json.loads("{")
    with pytest.raises(KeyError) as of_ours:
        filled("{tenant}", {})
    assert not is_defect(of_a_library.value) and is_defect(of_ours.value)


# ---- Resource Manager's 401 ----------------------------------------------------------------------------------------

def manager(status, who=None, question=None, **headers):
    body = json.dumps({"error": {"code": "InvalidAuthenticationToken", "message": "The token is not accepted."}})
    answer = ArmAnswer(status, answer=Answer("management.azure.com", "/", status, headers, body))
    evidence = ResourceManagerEvidence("https://management.azure.com/", statuses=[status],
                                       token_refused=answer.refuses_token, claims_challenge=answer.claims_challenge)
    return resource_manager.judge(question or asked(), evidence, inputs({"login": who or signed_in()}))


def test_401_is_about_the_token_and_403_about_permissions():
    assert [finding.code for finding in manager(401).findings] == ["ARM_TOKEN_REFUSED_WARNING"]
    assert manager(403).status is manager(404).status is manager(200).status is Status.PASSED
    assert manager(401, question=asked(username="x")).status is Status.UNKNOWN
    page = Answer("management.azure.com", "/", 401, {"content-type": "text/html"}, "<html>")
    assert not ArmAnswer(401, answer=page).refuses_token, "a page is not Resource Manager's"


def test_a_claims_challenge_is_handed_on_to_the_sign_in_of_a_user():
    challenged = {"www-authenticate": CHALLENGE}
    assert lines(fix_for(manager(401, **challenged))) == [
        "az logout", f"az login --tenant {TENANT} --claims-challenge {CLAIMS}"]
    assert lines(fix_for(manager(401))) == [f"az login --tenant {TENANT}"]
    assert "--claims-challenge" not in lines(fix_for(manager(401, signed_in("servicePrincipal"), **challenged)))[0]
    other = {"www-authenticate": CHALLENGE.replace("insufficient_claims", "invalid_token")}
    assert lines(fix_for(manager(401, **other))) == [f"az login --tenant {TENANT}"]
