# The image of every process. Python is the version that the tests run on.
FROM python:3.11-slim AS build
WORKDIR /src
COPY requirements.lock ./
RUN awk '/^[^ ]/ {ours = /^uv==/} ours && !/#/' requirements.lock > uv.lock \
    && pip install --no-cache-dir --require-hashes -r uv.lock \
    && uv pip install --system --no-cache --constraint requirements.lock hatchling
COPY pyproject.toml README.md LICENSE ./
COPY schemas schemas
COPY ledger ledger
COPY detectors detectors
COPY policies policies
COPY notifiers notifiers
COPY streams streams
COPY spendwatch spendwatch
RUN python -m hatchling build -t wheel -d /wheel
# The lock pins every version; uv holds each download against its hashes.
RUN uv venv /opt/spendwatch \
    && uv pip install --no-cache --compile-bytecode --python /opt/spendwatch/bin/python \
        --constraint requirements.lock /wheel/*.whl

FROM python:3.11-slim
RUN useradd --system --uid 10001 --no-create-home spendwatch
COPY --from=build /opt/spendwatch /opt/spendwatch
ENV PATH=/opt/spendwatch/bin:$PATH PYTHONUNBUFFERED=1
USER 10001
WORKDIR /tmp
EXPOSE 8080 9100
ENTRYPOINT ["spendwatch"]
CMD ["--help"]
