FROM node:24-slim AS packages
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev

FROM node:24-slim
ENV NODE_ENV=production
WORKDIR /app
COPY --from=packages /app/node_modules node_modules
COPY package.json LICENSE ./
COPY consensus consensus
COPY network network
COPY src src
COPY scripts/sample-scenario.ndjson scripts/
RUN mkdir /data && chown node:node /data
USER node
VOLUME /data
# For peers. The API listens on the loopback only: ask with `docker exec … node src/cli/main.ts status --data /data`.
EXPOSE 8649
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s \
  CMD ["node", "src/cli/main.ts", "status", "--data", "/data", "--json"]
# No shell and no npm in between: the node is process 1 and gets the signals itself.
# Garbage collected sooner: a third less memory at the peak.
ENTRYPOINT ["node", "--max-semi-space-size=4", "src/cli/main.ts"]
CMD ["start", "--data", "/data"]
