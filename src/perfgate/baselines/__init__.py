"""Keep accepted measurements, and give back the comparable ones."""
