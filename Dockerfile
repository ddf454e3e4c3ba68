# Images of fluxd, of helm-operator, of the toolkit and of the unsealer:
#
#   docker build --target fluxd --tag reflux/fluxd .
#   docker build --target helm-operator --tag reflux/helm-operator .
#   docker build --target toolkit --tag reflux/toolkit .
#   docker build --target unsealer --tag reflux/unsealer .
#
# NODE may be any image with Node 20 or newer on Debian or Ubuntu.
ARG NODE=docker.io/library/node:20-bookworm-slim

FROM ${NODE} AS build
WORKDIR /src
COPY package.json package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY . .
# The executable for users' machines has no place in an image of the daemons.
RUN npm run build && rm dist/reflux-helm

FROM ${NODE} AS base
RUN apt-get update \
 && apt-get install -y --no-install-recommends ca-certificates gettext-base git gnupg openssh-client tini \
 && rm -rf /var/lib/apt/lists/*
# The originals ran as root, with their files below /root; the same paths belong to a user without rights here.
RUN groupadd --gid 65532 reflux \
 && useradd --uid 65532 --gid 65532 --home-dir /root --no-create-home --shell /bin/sh reflux \
 && install -d -m 0755 -o reflux -g reflux /root /root/.ssh /etc/fluxd/ssh /var/fluxd/keygen /var/fluxd/images
COPY hack/image/ssh_config hack/image/ssh_known_hosts /etc/ssh/
COPY package.json LICENSE /opt/reflux/
COPY --from=build /src/dist /opt/reflux/dist
ENV HOME=/root NODE_ENV=production
USER 65532:65532
WORKDIR /root
EXPOSE 3030

# It runs neither git nor gpg.
FROM ${NODE} AS unsealer
RUN apt-get update \
 && apt-get install -y --no-install-recommends ca-certificates tini \
 && rm -rf /var/lib/apt/lists/*
COPY package.json LICENSE /opt/reflux/
COPY --from=build /src/dist /opt/reflux/dist
ENV NODE_ENV=production
USER 65532:65532
EXPOSE 8080
ENTRYPOINT ["tini", "--", "node", "/opt/reflux/dist/unsealer.js"]

FROM base AS helm-operator
ENTRYPOINT ["tini", "--", "node", "/opt/reflux/dist/helm-operator.js"]

FROM base AS toolkit
EXPOSE 8080 9090 9091 9292
ENTRYPOINT ["tini", "--", "node", "/opt/reflux/dist/toolkit.js"]

FROM base AS fluxd
ENTRYPOINT ["tini", "--", "node", "/opt/reflux/dist/fluxd.js"]
