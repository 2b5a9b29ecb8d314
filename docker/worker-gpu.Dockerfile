# The worker on NVIDIA's GPUs: TensorFlow's wheel and CUDA's, with a binding of tfjs-node that is compiled against them.
# The host brings the driver and NVIDIA's container toolkit. Compare docker/worker.Dockerfile.
FROM node:22-bookworm AS build
WORKDIR /app
ENV CI=true
RUN apt-get update && apt-get install --yes --no-install-recommends python3 python3-pip && rm -rf /var/lib/apt/lists/*
RUN npm install --global pnpm@12.21.0
COPY package.json pnpm-lock.yaml pnpm-workspace.yaml tsconfig.base.json ./
COPY packages packages
COPY services services
COPY prisma prisma
RUN pnpm install --frozen-lockfile
RUN node packages/tfjs-native/scripts/build.mjs
# The set-up notes absolute paths, so its cache lies where it stays.
ENV XDG_CACHE_HOME=/app/cache
RUN node packages/tfjs-tensorflow/scripts/setup.mjs --gpu
ENV XDG_CACHE_HOME=
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
# The container toolkit mounts the driver's libraries that these name.
ENV NVIDIA_VISIBLE_DEVICES=all \
  NVIDIA_DRIVER_CAPABILITIES=compute,utility
# Without a GPU the worker does not start.
ENV SPIKEFIT_BACKEND=tensorflow \
  SPIKEFIT_DEVICE=gpu \
  SPIKEFIT_METRICS_PORT=9100 \
  SPIKEFIT_DATA_CACHE=/var/cache/spikefit/datasets \
  SPIKEFIT_SCRATCH=/var/tmp/spikefit
HEALTHCHECK --interval=10s --timeout=3s --start-period=60s \
  CMD ["node", "-e", "fetch('http://127.0.0.1:9100/healthz').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
# A stop lets the trainer write its last checkpoint.
STOPSIGNAL SIGTERM
CMD ["node", "services/worker/dist/main.js"]
