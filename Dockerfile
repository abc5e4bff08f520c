# ectopy in a container:
#   docker build -t ectopy .
#   docker run --rm --user "$(id -u):$(id -g)" -v "$PWD:/data" ectopy analyze holter.edf
# --user has the results belong to you; any number will do. The core and the formats; no torch. PDF reports (--pdf)
# need chromium, which is left out to keep it small.

FROM python:3.13-slim AS build
WORKDIR /src
COPY pyproject.toml README.md LICENSE ./
COPY src src
RUN pip wheel --no-cache-dir --no-deps --wheel-dir /wheels .

FROM python:3.13-slim
LABEL org.opencontainers.image.title="ectopy" \
      org.opencontainers.image.licenses="BSD-3-Clause AND ODC-By-1.0"
# What is cached lies where any user may write.
ENV PYTHONDONTWRITEBYTECODE=1 OMP_NUM_THREADS=1 XDG_CACHE_HOME=/tmp/cache MPLCONFIGDIR=/tmp/cache/matplotlib
COPY constraints.txt /tmp/
COPY --from=build /wheels /tmp/wheels
RUN pip install --no-cache-dir --constraint /tmp/constraints.txt "$(echo /tmp/wheels/ectopy-*.whl)[formats]" \
    && rm -rf /tmp/wheels /tmp/constraints.txt \
    && useradd --uid 1000 --create-home ectopy
# By its number, so that a cluster can see that it is not root.
USER 1000
WORKDIR /data
ENTRYPOINT ["ectopy"]
CMD ["--help"]
