# The action's image. From what seldom changes to what often does, so that a change of the code reinstalls nothing.
FROM debian:trixie-slim
RUN apt-get update \
 && apt-get install -y --no-install-recommends ca-certificates docker-cli docker-compose git python3 python3-venv \
 && apt-get clean && rm -rf /var/lib/apt/lists/* /var/cache/debconf/* /usr/share/doc/* /usr/share/man/*

# Wheels only: nothing is compiled, so no compiler is needed. The package itself is pure Python and is put beside the
# dependencies as it is; the `.pth` file names it to the interpreter.
COPY requirements/image.txt /tmp/image.txt
RUN python3 -m venv /opt/perfgate \
 && /opt/perfgate/bin/pip install --no-cache-dir --disable-pip-version-check --only-binary :all: --no-deps --require-hashes \
      -r /tmp/image.txt \
 && /opt/perfgate/bin/pip uninstall --yes --quiet pip \
 && echo /opt/perfgate/package \
      > "$(/opt/perfgate/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/perfgate.pth" \
 && rm /tmp/image.txt

COPY deploy/action/ /opt/perfgate/bin/
COPY src/perfgate /opt/perfgate/package/perfgate
COPY scenarios /opt/perfgate/package/perfgate/scenarios
RUN /opt/perfgate/bin/python -m compileall -q /opt/perfgate/package

# `-I`: the workspace is the working folder, and neither its modules nor PYTHON* variables of the job are ours.
# No shell in between: Python must be the process that the runner's signals reach.
ENTRYPOINT ["/opt/perfgate/bin/python", "-I", "-m", "perfgate", "action"]
