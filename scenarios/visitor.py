"""Who loads the application in these scenarios: a visitor of the public endpoints, at a human pace."""

from locust import FastHttpUser, between, task


class Visitor(FastHttpUser):
    wait_time = between(3, 7)

    @task(10)
    def health(self) -> None:
        self.client.get("/health")

    @task(5)
    def metrics(self) -> None:
        self.client.get("/metrics")

    @task(2)
    def api_health(self) -> None:
        self.client.get("/api/v1/health")
