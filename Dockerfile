# A static program in an empty image, for anybody but root.
#   docker build -t ringfence .
#   docker run --rm --network none --read-only -v "$PWD:/work:ro" -w /work ringfence check plugin.wasm --policy policy.yaml
FROM rust:1.95-alpine AS build
RUN apk add --no-cache musl-dev
WORKDIR /source
COPY Cargo.toml Cargo.lock build.rs ./
COPY src src
COPY rules rules
COPY benches benches
# Named by Cargo.toml, so that it reads; nothing of them is built.
COPY tests/main.rs tests/main.rs
COPY tests/smith tests/smith
RUN cargo build --release --locked --bin ringfence

FROM scratch
COPY --from=build /source/target/release/ringfence /ringfence
COPY LICENSE-APACHE LICENSE-MIT /
USER 65532:65532
ENTRYPOINT ["/ringfence"]
