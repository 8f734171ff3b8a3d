FROM debian:trixie-slim
CMD ["sleep", "infinity"]
