"""Tell GitHub, and keep stored runs on a branch there."""
