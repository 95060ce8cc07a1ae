# Repeats the steps of `make env` with the runtime lock; whatever differs from them is a mistake here.
# The base is a name, and a name can move. Whoever builds for operation pins what he examined, here:
#   docker buildx imagetools inspect python:3.11-slim     # its line Digest
#   FROM python:3.11-slim@sha256:THAT_DIGEST
FROM python:3.11-slim

# A plain user owns nothing of the code: a broken process can't change what runs next.
RUN useradd --system --create-home --home-dir /var/lib/palang palang
WORKDIR /app
COPY requirements/runtime.txt requirements/
COPY setup.cfg pyproject.toml README.md LICENSE ./
COPY tools tools
COPY gateway gateway
COPY adapters adapters
COPY keys keys
COPY config config
COPY partner partner
RUN python tools/check_python.py && python tools/make_env.py .venv requirements/runtime.txt

# The gateway's folder (settings, encrypted keys, state) lives in the volume; the setting `unlock` names
# the mounted secret that opens the keys, for example /run/secrets/palang-unlock.
# /app/config and /app/keys are Python packages: a volume over them would hide the code.
ENV PATH=/app/.venv/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 \
    PALANG_HOME=/var/lib/palang/gateway
USER palang
WORKDIR /var/lib/palang
VOLUME /var/lib/palang
ENTRYPOINT ["palang"]
CMD ["--help"]
