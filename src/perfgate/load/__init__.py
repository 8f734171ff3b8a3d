"""Drive the load: Locust in a process of its own, and its recording read back."""
