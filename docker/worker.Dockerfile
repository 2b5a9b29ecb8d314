# The worker with its native kernels: all instruction sets are inside, the processor's best is chosen at run time.
# The full image brings the C++ compiler; the one that runs has none.
FROM node:22-bookworm AS build
WORKDIR /app
ENV CI=true
RUN npm install --global pnpm@12.21.0
COPY package.json pnpm-lock.yaml pnpm-workspace.yaml tsconfig.base.json ./
COPY packages packages
COPY services services
COPY prisma prisma
RUN pnpm install --frozen-lockfile
RUN node packages/tfjs-native/scripts/build.mjs
RUN pnpm --filter @spikefit/database run generate
RUN pnpm exec tsc -b services/worker
# What runs needs neither compilers nor test tools.
RUN find . -name node_modules -prune -exec rm -rf {} + \
  && pnpm install --prod --frozen-lockfile --filter "@spikefit/worker..."

FROM node:22-bookworm-slim
WORKDIR /app
ENV NODE_ENV=production
COPY --from=build /app ./
# Data sets are fetched once and kept on a volume; each attempt gets a scratch folder of its own.
RUN mkdir -p /var/cache/spikefit /var/tmp/spikefit && chown node:node /var/cache/spikefit /var/tmp/spikefit
USER node
EXPOSE 9100
ENV SPIKEFIT_METRICS_PORT=9100 \
  SPIKEFIT_DATA_CACHE=/var/cache/spikefit/datasets \
  SPIKEFIT_SCRATCH=/var/tmp/spikefit
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s \
  CMD ["node", "-e", "fetch('http://127.0.0.1:9100/healthz').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
# A stop lets the trainer write its last checkpoint.
STOPSIGNAL SIGTERM
CMD ["node", "services/worker/dist/main.js"]
