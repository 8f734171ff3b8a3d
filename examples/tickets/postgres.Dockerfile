# PostgreSQL with a database `tickets`, made when the image is built: a container is ready in a second and starts empty.
FROM debian:trixie-slim
RUN apt-get update \
 && apt-get install -y --no-install-recommends postgresql \
 && apt-get clean && rm -rf /var/lib/apt/lists/* /var/lib/postgresql/*/main
ENV PATH=/usr/lib/postgresql/17/bin:$PATH PGDATA=/var/lib/postgresql/tickets
USER postgres
RUN echo tickets > /tmp/password \
 && initdb --username=tickets --pwfile=/tmp/password --auth-host=scram-sha-256 --encoding=UTF8 --locale=C.UTF-8 \
 && echo "host all all all scram-sha-256" >> "$PGDATA/pg_hba.conf" \
 && echo "CREATE DATABASE tickets" | postgres --single postgres \
 && rm /tmp/password
# SIGTERM would wait for every client to leave.
STOPSIGNAL SIGINT
# fsync is off because the data ends with the container: a load test should not measure the disk of the runner.
CMD ["postgres", "-c", "listen_addresses=*", "-c", "unix_socket_directories=/tmp", "-c", "fsync=off"]
