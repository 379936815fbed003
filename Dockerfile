# Procession with its embedded database. Everything that must outlive the container is in /data:
#   docker build -t procession . && docker run --init -p 8000:8000 -v procession:/data procession
FROM python:3.12-slim AS build
WORKDIR /procession
COPY requirements.lock tools/requirements-uv.lock ./
RUN python -m venv .venv \
    && .venv/bin/pip install --no-cache-dir --require-hashes -r requirements-uv.lock \
    && .venv/bin/uv pip install --no-cache --python .venv/bin/python --require-hashes -r requirements.lock
COPY pyproject.toml README.md LICENSE NOTICE ./
COPY src src
COPY examples examples
RUN .venv/bin/uv pip install --no-cache --python .venv/bin/python --no-deps --editable . \
    && .venv/bin/python -m compileall -q src

FROM python:3.12-slim
RUN useradd --system --uid 999 --home-dir /data --shell /usr/sbin/nologin procession \
    && install -d -o procession -g procession -m 0700 /data
COPY --from=build /procession /procession
ENV PATH=/procession/.venv/bin:$PATH PROCESSION_DATA=/data PROCESSION_HOST=0.0.0.0
# PostgreSQL does not run as root, and neither does anything else here.
USER procession
WORKDIR /data
VOLUME /data
EXPOSE 8000
STOPSIGNAL SIGTERM
CMD ["procession", "serve"]
