# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------

"""Writes the tables of ``spec/`` anew from what Microsoft publishes.

    python -m tests.azure_facts.extract --bicep-types CLONE --sdk FOLDER [--sdk FOLDER ...]

CLONE is a clone of Azure/bicep-types-az, which is made from azure-rest-api-specs. It lacks what is only read or only
posted; that comes from the models of SDKs, so the interpreter needs azure-core and msrest, and each FOLDER holds what
``pip install --target`` made of one of ``SDK`` below. No test needs any of it: the tables are part of the project.
"""

import argparse
import importlib
import inspect
import json
import re
import subprocess
import sys
from pathlib import Path

SPEC = Path(__file__).with_name("spec")
CR = "Microsoft.ContainerRegistry/registries"

# Resource type: (how deep its members are listed, oldest version listed). Deeper ones end in ".**".
TYPES = {
    CR: (9, "2017"), f"{CR}/tokens": (9, "2017"), f"{CR}/scopeMaps": (9, "2017"), f"{CR}/cacheRules": (9, "2017"),
    f"{CR}/credentialSets": (9, "2017"), f"{CR}/replications": (9, "2017"), f"{CR}/webhooks": (9, "2017"),
    f"{CR}/privateEndpointConnections": (9, "2017"), f"{CR}/connectedRegistries": (3, "2017"),
    f"{CR}/tasks": (4, "2017"), f"{CR}/agentPools": (9, "2017"),
    "Microsoft.Authorization/roleAssignments": (9, "2015"), "Microsoft.Authorization/roleDefinitions": (9, "2015"),
    "Microsoft.Authorization/denyAssignments": (9, "2015"),
    "Microsoft.Authorization/roleEligibilityScheduleInstances": (9, "2015"),
    "Microsoft.Authorization/roleAssignmentScheduleRequests": (4, "2020-10-01"),
    "Microsoft.Resources/resourceGroups": (9, "2018"), "Microsoft.Insights/diagnosticSettings": (9, "2017"),
    "Microsoft.OperationalInsights/workspaces": (4, "2020"),
    "Microsoft.ManagedIdentity/userAssignedIdentities": (9, "2015"),
    "Microsoft.Network/privateEndpoints": (3, "2022"), "Microsoft.Network/networkInterfaces": (4, "2022"),
    "Microsoft.Network/publicIPAddresses": (2, "2022"), "Microsoft.ContainerInstance/containerGroups": (3, "2022"),
    "Microsoft.MachineLearningServices/workspaces": (2, "2023"),
    "Microsoft.ContainerService/managedClusters": (3, "2023"), "Microsoft.Compute/virtualMachines": (3, "2021"),
    "Microsoft.Compute/virtualMachineScaleSets": (3, "2021"), "Microsoft.Web/sites": (3, "2021"),
    "Microsoft.Web/sites/slots": (3, "2021"), "Microsoft.App/containerApps": (5, "2022"),
    "Microsoft.App/jobs": (5, "2022"),
}
ACTIONS = {"generateCredentials": CR, "listCredentials": CR, "regenerateCredential": CR}

# Of the SDKs: the name of the model by the name under which its members are listed.
SDK = {
    "azure-mgmt-authorization 4.0.0": ("azure.mgmt.authorization", {
        "Permission": "Microsoft.Authorization/permissions",
        "DenyAssignment": "Microsoft.Authorization/denyAssignments",
        "RoleAssignment": "Microsoft.Authorization/roleAssignments",
        "RoleDefinition": "Microsoft.Authorization/roleDefinitions",
        "RoleEligibilityScheduleInstance": "Microsoft.Authorization/roleEligibilityScheduleInstances"}),
    "azure-mgmt-containerregistry 14.1.0b1": ("azure.mgmt.containerregistry", {
        "RegistryNameStatus": "Microsoft.ContainerRegistry/checkNameAvailability",
        "RegistryUsageListResult": f"{CR}/listUsages"}),
    "azure-mgmt-resource 24.0.0": ("azure.mgmt.resource.resources", {
        "GenericResourceExpanded": "Microsoft.Resources/resources",
        "ResourceGroup": "Microsoft.Resources/resourceGroups"}),
    "azure-mgmt-resource 24.0.0 (subscriptions)": ("azure.mgmt.resource.subscriptions", {
        "Subscription": "Microsoft.Resources/subscriptions", "TenantIdDescription": "Microsoft.Resources/tenants"}),
}
# The newest versions are in SDKs of the newer kind, which know one version each.
_REGISTRIES = {
    "Registry": [CR], "Token": [f"{CR}/tokens"], "ScopeMap": [f"{CR}/scopeMaps"], "CacheRule": [f"{CR}/cacheRules"],
    "CredentialSet": [f"{CR}/credentialSets"], "Replication": [f"{CR}/replications"], "Webhook": [f"{CR}/webhooks"],
    "PrivateEndpointConnection": [f"{CR}/privateEndpointConnections"],
    "ConnectedRegistry": [f"{CR}/connectedRegistries"], "GenerateCredentialsResult": [f"{CR}/generateCredentials"],
    "RegistryListCredentialsResult": [f"{CR}/listCredentials", f"{CR}/regenerateCredential"],
    "RegistryNameStatus": ["Microsoft.ContainerRegistry/checkNameAvailability"],
    "RegistryUsageListResult": [f"{CR}/listUsages"],
}
SINGLE = {
    "2025-11-01": ("15.0.0", _REGISTRIES), "2026-01-01-preview": ("15.1.0b1", _REGISTRIES),
    "2026-03-01-preview": ("15.1.0b2", _REGISTRIES), "2026-09-01-preview": ("15.1.0b3", _REGISTRIES),
}


class Tables:
    """Resource type to version to members, with where each version was found."""

    def __init__(self):
        self.members, self.sources = {}, {}

    def add(self, kind, version, members, source):
        known = self.members.setdefault(kind, {})
        if version in known:
            return
        known[version] = {m for m in members if m != "apiVersion"}
        self.sources.setdefault(kind, {}).setdefault(source, []).append(version)

    def write(self):
        SPEC.mkdir(exist_ok=True)
        for kind, versions in sorted(self.members.items()):
            order = sorted(versions)
            everything = set().union(*versions.values())
            always = {member for member in everything if all(member in versions[v] for v in order)}
            table = {
                "type": kind, "versions": order,
                "sources": {source: sorted(of) for source, of in sorted(self.sources[kind].items())},
                "always": sorted(always),
                "only": {member: [v for v in order if member in versions[v]] for member in sorted(everything - always)}}
            text = json.dumps(table, indent=1)
            # One line for each list of versions.
            text = re.sub(r"\[\s+((?:\"\d{4}-\d\d-\d\d[^\"]*\",?\s*)+)\]",
                          lambda match: "[" + " ".join(match[1].split()) + "]", text)
            (SPEC / (kind.replace("/", ".") + ".json")).write_text(text + "\n", encoding="utf-8")


# ---- bicep-types-az ------------------------------------------------------------------------------------------------

def from_bicep(clone, tables):
    """Members of the resource types, from the ``types.json`` of every version."""
    def git(*arguments):
        return subprocess.run(["git", "-C", clone, *arguments], capture_output=True, check=True).stdout
    commit = git("rev-parse", "HEAD").decode().strip()
    source = f"Azure/bicep-types-az generated/*/{{namespace}}/{{version}}/types.json at {commit}"
    wanted = {kind.lower(): (kind, *limits) for kind, limits in TYPES.items()}
    namespaces = {kind.split("/")[0] for kind in wanted}
    for path in git("ls-tree", "-r", "--name-only", "HEAD").decode().splitlines():
        parts = path.split("/")
        if parts[-1] != "types.json" or parts[-3] not in namespaces:
            continue
        types = json.loads(git("show", f"HEAD:{path}"))
        for entry in types:
            if entry["$type"] == "ResourceType":
                name, version = entry["name"].split("@")
                kind, depth, oldest = wanted.get(name.lower(), ("", 0, "9"))
                if version >= oldest:
                    tables.add(kind, version, set(_bicep_members(types, entry["body"], depth)), source)
            elif entry["$type"] == "ResourceFunctionType" and ACTIONS.get(entry["name"]) == entry["resourceType"]:
                tables.add(f"{entry['resourceType']}/{entry['name']}", entry["apiVersion"],
                           set(_bicep_members(types, entry["output"], 9)), source)


def _bicep_members(types, reference, depth, path="", above=()):
    index = int(reference["$ref"].rsplit("/", 1)[-1])
    entry = types[index]
    if index in above or (path and path.count(".") >= depth and entry["$type"] in ("ObjectType", "ArrayType")):
        yield path + ".**"
        return
    above = (*above, index)
    if entry["$type"] == "ArrayType":
        yield from _bicep_members(types, entry["itemType"], depth, path + "[]", above)
    elif entry["$type"] in ("ObjectType", "DiscriminatedObjectType"):
        properties = dict(entry.get("properties") or entry.get("baseProperties") or {})
        for name, one in properties.items():
            inner = f"{path}.{name}" if path else name
            yield inner
            yield from _bicep_members(types, one["type"], depth, inner, above)
        for one in (entry.get("elements") or {}).values():
            yield from _bicep_members(types, one, depth, path, above[:-1])
        if "additionalProperties" in entry:
            yield f"{path}.*"
            yield from _bicep_members(types, entry["additionalProperties"], depth, f"{path}.*", above)
    elif entry["$type"] == "AnyType":
        yield path + ".**"


# ---- SDKs ----------------------------------------------------------------------------------------------------------

def from_sdks(folder, tables):
    """Members of the models that a folder's SDKs know."""
    sys.path.insert(0, folder)
    for name in [name for name in sys.modules if name.startswith("azure.mgmt")]:
        del sys.modules[name]
    import azure.mgmt
    azure.mgmt.__path__ = [str(Path(folder) / "azure" / "mgmt"), *azure.mgmt.__path__]    # before what is installed
    for source, (package, models) in SDK.items():
        root = Path(folder) / Path(*package.split("."))
        for version in sorted(root.glob("v20*")):
            module = importlib.import_module(f"{package}.{version.name}.models")
            for model, kind in models.items():
                if hasattr(module, model):
                    tables.add(kind, version.name[1:].replace("_", "-"),
                               set(_old_members(module, getattr(module, model))), source)
    package = "azure.mgmt.containerregistry"
    version_file = Path(folder) / Path(*package.split(".")) / "_version.py"
    release = re.search(r'VERSION = "([^"]+)"', version_file.read_text())[1] if version_file.exists() else ""
    for version, (wanted, models) in SINGLE.items():
        if release == wanted:
            module = importlib.import_module(f"{package}.models")
            for model, kinds in models.items():
                for kind in kinds if hasattr(module, model) else ():
                    tables.add(kind, version, set(_new_members(getattr(module, model))),
                               f"azure-mgmt-containerregistry {release}")


def _old_members(module, model, path="", above=()):
    """Of a model with ``_attribute_map``."""
    if model in above:
        yield path + ".**"
        return
    for entry in model._attribute_map.values():
        names = entry["key"].replace("\\.", "\0").split(".")
        inner = path
        for name in names:
            inner = f"{inner}.{name}" if inner else name
            yield inner
        kind = entry["type"]
        while kind[0] in "[{":
            inner, kind = inner + ("[]" if kind[0] == "[" else ".*"), kind[1:-1]
        if inner.endswith(".*"):
            yield inner
        if isinstance(getattr(module, kind, None), type) and hasattr(getattr(module, kind), "_attribute_map"):
            yield from _old_members(module, getattr(module, kind), inner, (*above, model))
        elif kind == "object":
            yield inner + ".**"


def _new_members(model, path="", above=()):
    """Of a model with ``rest_field``."""
    if model in above:
        yield path + ".**"
        return
    model()     # works out the names of its fields
    package = importlib.import_module(inspect.getmodule(model).__package__)
    for base in reversed(model.__mro__):
        for attribute, annotation in vars(base).get("__annotations__", {}).items():
            if attribute.startswith("_") or not hasattr(vars(base).get(attribute), "_rest_name"):
                continue
            name = vars(base)[attribute]._rest_name
            inner, text = f"{path}.{name}" if path else name, str(annotation)
            yield inner
            if re.search(r"\b(dict|Dict|Mapping)\[", text):
                inner += ".*"
                yield inner
            elif re.search(r"\b(list|List)\[", text):
                inner += "[]"
            for found in re.findall(r"_models\.(\w+)", text):
                found = getattr(package, found, None)
                if hasattr(found, "__annotations__") and not hasattr(found, "_member_names_"):
                    yield from _new_members(found, inner, (*above, model))


def main():
    """Read everything, write every table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bicep-types", required=True)
    parser.add_argument("--sdk", action="append", default=[])
    arguments = parser.parse_args()
    tables = Tables()
    from_bicep(arguments.bicep_types, tables)
    for folder in arguments.sdk:
        from_sdks(folder, tables)
    tables.write()


if __name__ == "__main__":
    main()
