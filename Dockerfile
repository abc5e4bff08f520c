# ectopy in a container: docker build -t ectopy . && docker run --rm -v "$PWD:/data" ectopy analyze holter.edf
# The core and the formats; no torch. PDF reports (--pdf) need chromium, which is left out to keep it small.

FROM python:3.13-slim AS build
WORKDIR /src
COPY pyproject.toml README.md LICENSE ./
COPY src src
RUN pip wheel --no-cache-dir --no-deps --wheel-dir /wheels .

FROM python:3.13-slim
LABEL org.opencontainers.image.title="ectopy" \
      org.opencontainers.image.licenses="BSD-3-Clause"
ENV PYTHONDONTWRITEBYTECODE=1 OMP_NUM_THREADS=1
COPY constraints.txt /tmp/
COPY --from=build /wheels /tmp/wheels
RUN pip install --no-cache-dir --constraint /tmp/constraints.txt "$(echo /tmp/wheels/ectopy-*.whl)[formats]" \
    && rm -rf /tmp/wheels /tmp/constraints.txt \
    && useradd --create-home ectopy
USER ectopy
WORKDIR /data
ENTRYPOINT ["ectopy"]
CMD ["--help"]
