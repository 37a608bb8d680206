# One image for every service: GREENROOM_SERVICES chooses which of them a container runs.
# Runs without root and on a read-only file system, with /tmp to write to. Only a container that runs programs (service
# `runs`) needs more, as docker-compose.yaml shows; the least that will do is in docs/operations.md.
ARG NODE=24.21.0-bookworm-slim

FROM node:${NODE} AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm install --no-save --no-audit --no-fund --loglevel=error
COPY . .
RUN node node_modules/vite/bin/vite.js build web --logLevel warn \
 && npm prune --no-save --omit=dev --omit=optional --no-audit --no-fund --loglevel=error \
 && ln -sf /usr/local/bin/node node_modules/.bin/node

FROM node:${NODE}
# The sandbox, and the languages besides JavaScript, TypeScript, Bash and Perl: Debian packages.
ARG LANGUAGES="python3 ruby"
RUN apt-get update -q && apt-get install -y -q --no-install-recommends bubblewrap perl-base ${LANGUAGES} \
 && rm -rf /var/lib/apt/lists/* && mkdir -p -m 755 /var/cache/greenroom
WORKDIR /app
COPY --from=build /app/node_modules node_modules
COPY package.json moleculer.config.ts deploy.sh ./
COPY cli cli
COPY config config
COPY mixins mixins
COPY services services
COPY --from=build /app/web/dist web/dist
ENV NODE_ENV=production HOME=/tmp GREENROOM_DATA=/tmp/greenroom
USER node
EXPOSE 3000
ENTRYPOINT ["./deploy.sh", "start"]
