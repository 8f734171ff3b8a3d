# Debian's own Prometheus, so that nothing but Debian is needed to build it.
FROM debian:trixie-slim
RUN apt-get update \
 && apt-get install -y --no-install-recommends prometheus \
 && apt-get clean && rm -rf /var/lib/apt/lists/* \
 && chown prometheus: /var/lib/prometheus
COPY prometheus.yml rules.yml /etc/prometheus/
USER prometheus
VOLUME /var/lib/prometheus
ENTRYPOINT ["/usr/bin/prometheus", "--config.file=/etc/prometheus/prometheus.yml", "--storage.tsdb.path=/var/lib/prometheus"]
CMD ["--web.listen-address=127.0.0.1:9090", "--storage.tsdb.retention.time=1y"]
