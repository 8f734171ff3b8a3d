# Redis that keeps nothing on disk.
FROM debian:trixie-slim
RUN apt-get update \
 && apt-get install -y --no-install-recommends redis-server \
 && apt-get clean && rm -rf /var/lib/apt/lists/*
USER redis
CMD ["redis-server", "--save", "", "--appendonly", "no", "--protected-mode", "no", "--bind", "* -::*", "--dir", "/tmp"]
