"""What runs inside the process of Locust; the only place that imports locust. Milliseconds become seconds here."""
