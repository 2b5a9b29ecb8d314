# The API, and the commands of its administrator (services/api/dist/admin.js).
FROM node:22-bookworm-slim AS build
WORKDIR /app
ENV CI=true
RUN npm install --global pnpm@12.21.0
COPY package.json pnpm-lock.yaml pnpm-workspace.yaml tsconfig.base.json ./
COPY packages packages
COPY services services
COPY prisma prisma
RUN pnpm install --frozen-lockfile
RUN pnpm --filter @spikefit/database run generate
RUN pnpm exec tsc -b services/api
# What runs needs neither compilers nor test tools.
RUN find . -name node_modules -prune -exec rm -rf {} + \
  && pnpm install --prod --frozen-lockfile --filter "@spikefit/api..."

FROM node:22-bookworm-slim
WORKDIR /app
ENV NODE_ENV=production
COPY --from=build /app ./
USER node
EXPOSE 8080
ENV SPIKEFIT_HOST=0.0.0.0 SPIKEFIT_PORT=8080
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s \
  CMD ["node", "-e", "fetch('http://127.0.0.1:8080/healthz').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "services/api/dist/server.js"]
