# cnnbp, installed from the wheel that the first stage builds:
#
#   docker build -t cnnbp .
#   docker run --rm -v "$PWD:/workdir" --user "$(id -u):$(id -g)" cnnbp train --config configs/seed.yaml
FROM python:3.13-slim AS build
COPY . /source
RUN pip wheel --no-cache-dir --wheel-dir /wheels /source

FROM python:3.13-slim
RUN --mount=from=build,source=/wheels,target=/wheels \
    pip install --no-cache-dir --no-index --find-links /wheels cnnbp
# Any user may run it, also one without a home folder; MNIST is in the wheel.
WORKDIR /workdir
ENTRYPOINT ["cnnbp"]
CMD ["--help"]
