from tests.integration.load.conftest import loading, server

__all__ = ["loading", "server"]
