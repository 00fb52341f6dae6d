# SPDX-License-Identifier: Apache-2.0
# xdp-exporter with what it runs on and nothing else. docs/capabilities.md says how to run it.
#
# It is built and tested on x86-64. For arm64 nobody has tried: no path in it names a machine, and package-lock.json has what
# is native for both, so that it should build there as it stands:
#   docker buildx build --platform linux/amd64,linux/arm64 --tag REGISTRY/xdp-exporter --push .
ARG BASE=docker.io/library/node:24.21.0-bookworm-slim

FROM ${BASE} AS build
RUN apt-get update \
 && apt-get install -y --no-install-recommends clang llvm libbpf-dev linux-libc-dev
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
RUN npm ci --include=dev --include=optional --ignore-scripts --no-audit --no-fund
COPY tsconfig.json README.md LICENSE CHANGELOG.md SECURITY.md ./
COPY deploy/systemd deploy/systemd
COPY docs/xdp-exporter.1 docs/
COPY scripts/build.sh scripts/slim.sh scripts/
COPY bpf bpf
COPY src src
# The image holds what the npm package holds, package.json says what that is, less what only programmers need.
# main.js names node in its first line, and is to be found on the path.
RUN bash scripts/build.sh \
 && npm pack --ignore-scripts \
 && mkdir /package \
 && tar -xzf xdp-exporter-*.tgz -C /package --strip-components=1 \
 && bash scripts/slim.sh /package \
 && chmod 0755 /package/dist/src/main.js

FROM ${BASE}
# What installs software is of no use to an exporter, only to an intruder.
RUN apt-get update \
 && apt-get install -y --no-install-recommends libbpf1 \
 && rm -rf /var/lib/apt/lists/* /var/cache/apt/* /var/cache/debconf/* /var/cache/ldconfig/* /var/log/* \
 && rm -rf /usr/local/lib/node_modules /usr/local/include /opt/yarn-* \
 && rm -f /usr/local/bin/npm /usr/local/bin/npx /usr/local/bin/corepack /usr/local/bin/yarn /usr/local/bin/yarnpkg
COPY --from=build /package /app
# So that "kubectl exec POD -- xdp-exporter top" finds it.
RUN ln -s /app/dist/src/main.js /usr/local/bin/xdp-exporter

ARG BASE
ARG REVISION=unknown
LABEL org.opencontainers.image.title="xdp-exporter" \
      org.opencontainers.image.description="Prometheus and OpenTelemetry exporter that shows every packet an XDP program sees" \
      org.opencontainers.image.version="0.1.0" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.base.name="${BASE}" \
      org.opencontainers.image.url="https://github.com/xdp-exporter/xdp-exporter" \
      org.opencontainers.image.source="https://github.com/xdp-exporter/xdp-exporter" \
      org.opencontainers.image.documentation="https://github.com/xdp-exporter/xdp-exporter/blob/main/docs/capabilities.md" \
      org.opencontainers.image.licenses="Apache-2.0 AND (GPL-2.0-only OR BSD-2-Clause)"

# No USER: Kubernetes gives added capabilities to uid 0 alone. It is root without any other privilege.
ENV NODE_ENV=production
WORKDIR /
STOPSIGNAL SIGTERM
# It asks the first address where the variable says that the exporter listens; a flag on the command line it cannot see. A URL
# has brackets around IPv6 addresses alone, the variable may have them around IPv4 too. Where plain HTTP is not answered it asks
# by TLS, and does not judge the certificate; one that demands a certificate of it is alive.
HEALTHCHECK --interval=30s --timeout=5s --start-period=15s --retries=3 \
  CMD ["/usr/local/bin/node", "-e", "const at = (process.env.XDP_EXPORTER_WEB_LISTEN_ADDRESS ?? '127.0.0.1:10390').split(',')[0].replace(/^:/, '127.0.0.1:').replace(/^\\[([^:]+)\\]/, '$1'); const ask = (kind, otherwise) => require(kind).get(`${kind}://${at}/healthz`, { rejectUnauthorized: false }, ({ statusCode: code }) => code === 400 ? otherwise({}) : process.exit(code === 200 ? 0 : 1)).on('error', otherwise); ask('http', () => ask('https', ({ code }) => process.exit(/^EPROTO$|_ALERT_CERT/.test(code) ? 0 : 1)))"]
ENTRYPOINT ["/usr/local/bin/node", "--disable-sigusr1", "/app/dist/src/main.js"]
CMD ["run"]
