# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""What `-h` shows beside the options."""

from knack.help_files import helps

helps["acr login-diagnose"] = """
type: command
short-summary: Find out why signing in to a container registry, or pulling or pushing, fails.
long-summary: >
    Checks a sign-in step by step: the name, DNS, the connection, Microsoft Entra ID, the registry's tokens, role
    assignments, Docker or Podman, and stored credentials. Names the root cause with its error code, the evidence and
    a fix. `az acr login-error show` explains a code in full.

    Changes nothing: no role, no registry setting, no Docker configuration, no login. The login that Docker or Podman
    stored for this registry is sent to it once, as Docker or Podman would do. `--client none` prevents that.

    Readable text goes to standard error, the report to standard output. The exit status is 0 if nothing failed, 1
    if a check failed, 2 for wrong usage.
examples:
    - name: Find out why `az acr login` fails.
      text: |-
        az acr login-diagnose --name myregistry
    - name: Find out why an image cannot be pulled.
      text: |-
        az acr login-diagnose --name myregistry.azurecr.io/team/app:v1
    - name: Find out why a push to one repository is denied.
      text: |-
        az acr login-diagnose --name myregistry --repository team/app --actions pull push
    - name: Start from an error. Registry, repository, tag and action are read from it.
      text: |-
        docker pull myregistry.azurecr.io/team/app:v1 2>&1 | az acr login-diagnose --symptom -
    - name: Explain an error message from this machine or another.
      text: |-
        az acr login-diagnose --name myregistry --symptom "unauthorized: authentication required"
    - name: Diagnose credentials other than the Azure CLI's login. You are asked for the password, or it is read from \
the environment variable ACR_LOGIN_DIAGNOSE_PASSWORD.
      text: |-
        az acr login-diagnose --name myregistry --username ci-token
    - name: Find out what an identity can do, by its object id.
      text: |-
        az acr login-diagnose --name myregistry --assignee 22223333-cccc-4444-dddd-5555eeee6666
    - name: Find out whether the nodes of an AKS cluster can pull.
      text: |-
        az acr login-diagnose --name myregistry --repository team/app --assignee "$(az aks show --name mycluster \
--resource-group mygroup --query id --output tsv)"
    - name: Diagnose a registry whose login server has a domain name label, in a given resource group.
      text: |-
        az acr login-diagnose --name myregistry --suffix abc123 --resource-group mygroup
    - name: In a pipeline, print only the root cause and do not check Docker.
      text: |-
        az acr login-diagnose --name myregistry --client none --query errorCode --output tsv
    - name: Write a page to attach to a ticket, including the refused sign-ins that the registry logged.
      text: |-
        az acr login-diagnose --name myregistry --login-events --html report.html
    - name: Try again, for up to half an hour, until a role that was just granted takes effect.
      text: |-
        az acr login-diagnose --name myregistry --wait 30
    - name: Wait longer on a slow network.
      text: |-
        az acr login-diagnose --name myregistry --timeout 60
"""

helps["acr login-error"] = """
type: group
short-summary: Look up the error codes of `az acr login-diagnose`. Works offline.
"""

helps["acr login-error list"] = """
type: command
short-summary: List every error code with its severity, category and title.
examples:
    - name: List every error code.
      text: |-
        az acr login-error list --output table
    - name: List the codes about role assignments.
      text: |-
        az acr login-error list --query "[?category=='authorization'].errorCode" --output tsv
"""

helps["acr login-error show"] = """
type: command
short-summary: Explain an error code in full, from its meaning to its fixes.
examples:
    - name: Explain an error code.
      text: |-
        az acr login-error show --code ROLE_ASSIGNMENT_MISSING_ERROR
    - name: Name the page of each code, too, where your organization hosts them.
      text: |-
        az config set acrlogin.site=https://docs.contoso.example/acr
        az acr login-error show --code ROLE_ASSIGNMENT_MISSING_ERROR
"""

helps["acr login-error match"] = """
type: command
short-summary: List the error codes that a message can stand for, most likely first.
long-summary: >
    Looks only at the message, offline, so it lists possibilities. `az acr login-diagnose --symptom` also checks which
    of them applies.
examples:
    - name: Look up the messages in a log.
      text: |-
        cat pipeline.log | az acr login-error match --symptom -
    - name: Look up a message from docker.
      text: |-
        az acr login-error match --symptom "unauthorized: Application not registered with AAD."
"""

helps["acr login-report"] = """
type: group
short-summary: Show and compare saved reports of `az acr login-diagnose`, offline.
"""

helps["acr login-report show"] = """
type: command
short-summary: Show a saved report again.
long-summary: >
    Reads JSON that was saved with `az acr login-diagnose --output json`, or a page that `--html` wrote; user names in a
    page are masked. On a terminal the report is shown as the diagnosis showed it, otherwise as JSON.
examples:
    - name: Read a report that a colleague sent.
      text: |-
        az acr login-report show --file report.json
    - name: Make a page of it.
      text: |-
        az acr login-report show --file report.json --html report.html
"""

helps["acr login-report compare"] = """
type: command
short-summary: Show what differs between two saved reports, and which difference explains that one of them failed.
examples:
    - name: Compare the laptop, where it works, with the build agent, where it does not.
      text: |-
        az acr login-report compare --file laptop.json agent.json
    - name: Compare yesterday with today.
      text: |-
        az acr login-report compare --file yesterday.json today.json
"""
