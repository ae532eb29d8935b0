# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""What `-h` shows beside the options."""

from knack.help_files import helps

helps["acr login-diagnose"] = """
type: command
short-summary: Find out why signing in to a container registry, or pulling from and pushing to it, fails.
long-summary: >
    Goes through a sign-in step by step: the name, DNS, the connection, Entra ID, the registry's tokens, role
    assignments, Docker or Podman and their stored credentials. Names the root cause with its error code, the evidence
    and a fix; `az acr login-error show` explains a code in full.

    Nothing is changed: no role, no registry setting, no Docker configuration, no login.

    Lines for people go to standard error, the report to standard output. The exit status is 0 when nothing failed, 1
    when a check failed, 2 for wrong usage.
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
    - name: Explain an error message that was seen, on this machine or another.
      text: |-
        az acr login-diagnose --name myregistry --symptom "unauthorized: authentication required"
    - name: Diagnose other credentials than the CLI's login. The password is asked for, or taken from the environment \
variable ACR_LOGIN_DIAGNOSE_PASSWORD.
      text: |-
        az acr login-diagnose --name myregistry --username ci-token
    - name: Find out what an identity may do, by its object id.
      text: |-
        az acr login-diagnose --name myregistry --assignee 22223333-cccc-4444-dddd-5555eeee6666
    - name: Find out whether the nodes of an AKS cluster may pull.
      text: |-
        az acr login-diagnose --name myregistry --repository team/app --assignee "$(az aks show --name mycluster \
--resource-group mygroup --query id --output tsv)"
    - name: Diagnose a registry whose login server has a domain name label, in a resource group that is known.
      text: |-
        az acr login-diagnose --name myregistry --suffix abc123 --resource-group mygroup
    - name: In a pipeline, print the root cause alone, without a look at Docker.
      text: |-
        az acr login-diagnose --name myregistry --client none --query errorCode --output tsv
    - name: Write a page to attach to a ticket, with what the registry logged about refused sign-ins.
      text: |-
        az acr login-diagnose --name myregistry --login-events --html report.html
    - name: Wait longer in a slow network.
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
"""

helps["acr login-error match"] = """
type: command
short-summary: Name the error codes that a message can stand for, likeliest first.
long-summary: >
    Reads the message alone and asks nobody, so it names possibilities. `az acr login-diagnose --symptom` also checks
    which of them is the case.
examples:
    - name: Look up a message of docker.
      text: |-
        az acr login-error match --symptom "unauthorized: Application not registered with AAD."
"""
