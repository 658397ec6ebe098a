# Built with BuildKit (the default since Docker 23): the cache mounts keep dependencies compiled between builds.

FROM rust:1.95-slim-bookworm AS build
WORKDIR /src
COPY . .
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/src/target \
    cargo build --profile dist --locked --package maitred --bin maitred \
    && cp target/dist/maitred /usr/local/bin/maitred

# The same Debian as the builder, for the same C library.
FROM debian:bookworm-slim
# Telegram, webhooks and e-mail are called over TLS.
RUN apt-get update && apt-get install --yes --no-install-recommends ca-certificates && rm -rf /var/lib/apt/lists/*
RUN useradd --uid 10001 --user-group --no-create-home --home-dir /data --shell /usr/sbin/nologin maitred \
    && install --directory --owner=maitred --group=maitred --mode=0750 /data
COPY --from=build /usr/local/bin/maitred /usr/local/bin/maitred
COPY --chmod=0755 scripts/ready.sh /usr/local/bin/maitred-ready

USER maitred
WORKDIR /data
# Everybody who reaches the container's port reaches the server, so it starts only once there is a key
# (docker run --rm -v data:/data maitred keys create --name Boss --role admin), or with MAITRED_INSECURE_NO_AUTH=true.
ENV MAITRED_LISTEN=0.0.0.0:8000 \
    DATABASE_URL=sqlite:///data/maitred.db
# Declared after the folder has its owner: a new volume takes both from the image.
VOLUME /data
EXPOSE 8000

HEALTHCHECK --interval=10s --timeout=3s --start-period=10s CMD ["maitred-ready"]

ENTRYPOINT ["maitred"]
