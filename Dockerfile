# dnsguard as an image. `--build-arg EXTRA=lab` adds the lab: the strict Route53, the tape server, the demo and replays.
#
# Whatever is installed comes from the pinned and hashed lists in requirements/. The image runs as uid 65532 and writes
# nothing, so it can run with a read-only root file system.

FROM python:3.11-slim-bookworm AS build
ARG EXTRA=""
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
WORKDIR /src

RUN python -m venv /build && python -m venv --without-pip /opt/dnsguard
COPY requirements/ requirements/
# The backend that makes the wheel, as pinned for development.
RUN sed -n '/^setuptools==/,/[^\\]$/p' requirements/dev.txt > build.txt \
    && /build/bin/pip install --require-hashes -r build.txt
RUN /build/bin/pip --python /opt/dnsguard/bin/python install --require-hashes -r "requirements/${EXTRA:-run}.txt"

COPY pyproject.toml README.md LICENSE ./
COPY dnsguard/ dnsguard/
RUN /build/bin/pip wheel --no-deps --no-build-isolation --wheel-dir dist . \
    && /build/bin/pip --python /opt/dnsguard/bin/python install --no-deps dist/*.whl \
    && /opt/dnsguard/bin/dnsguard --version
# Of the 400 AWS services that botocore describes, what is used are Route53 and those that give credentials.
RUN cd /opt/dnsguard/lib/python3*/site-packages/botocore/data \
    && find . -mindepth 1 -maxdepth 1 -type d ! -name route53 ! -name sts ! -name "sso*" ! -name signin -exec rm -r {} +

FROM python:3.11-slim-bookworm
LABEL org.opencontainers.image.title="dnsguard" \
      org.opencontainers.image.description="Keeps Route53 right, fast and cheap while Kubernetes controllers churn" \
      org.opencontainers.image.licenses="Apache-2.0"
ENV PATH=/opt/dnsguard/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
COPY --from=build /opt/dnsguard /opt/dnsguard
USER 65532:65532
EXPOSE 8080
ENTRYPOINT ["dnsguard"]
CMD ["run", "--config", "/etc/dnsguard/dnsguard.yaml"]
