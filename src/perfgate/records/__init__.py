"""What flows between the stages: frozen, in base units, each with its file format and schema version."""
