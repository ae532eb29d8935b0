# Sourced by the other scripts: makes the virtual environment that they share, once, and builds the wheel.
# Nothing outside the checkout is changed; the caller sees PYTHON, AZ and WHEEL.

cd "$(dirname "${BASH_SOURCE[0]}")/.."
VENV="${ACRLOGIN_VENV:-$PWD/.venv}"
CLI_VERSION="${ACRLOGIN_CLI_VERSION:-2.91.0}"
PYTHON="$VENV/bin/python"
AZ="$VENV/bin/az"
export AZURE_CORE_COLLECT_TELEMETRY=no AZURE_CORE_SURVEY_MESSAGE=no PYTHONDONTWRITEBYTECODE=1

quietly() {  # shows what a command printed only when it fails
    local log
    log="$(mktemp)"
    "$@" > "$log" 2>&1 || { cat "$log"; rm -f "$log"; echo "FAILED: $*"; exit 1; }
    rm -f "$log"
}

wanted="azure-cli==$CLI_VERSION $(cksum tests/requirements.txt)"
if [ ! -x "$AZ" ] || [ "$(cat "$VENV/.wanted" 2>/dev/null)" != "$wanted" ]; then
    echo "Setting up $VENV with azure-cli $CLI_VERSION (this takes a minute or two, once)"
    "${PYTHON3:-python3}" -m venv "$VENV"
    quietly "$PYTHON" -m pip install --disable-pip-version-check wheel setuptools "azure-cli==$CLI_VERSION" \
        -r tests/requirements.txt
    echo "$wanted" > "$VENV/.wanted"
fi

build_wheel() {  # into an empty folder; sets WHEEL
    local build
    build="$(mktemp -d)"
    cp -R azext_acrlogin setup.py License.txt README.md HISTORY.rst "$build"
    (cd "$build" && quietly "$PYTHON" setup.py --quiet bdist_wheel --dist-dir "$1")
    rm -rf "$build"
    WHEEL="$(ls "$1"/*.whl)"
}
