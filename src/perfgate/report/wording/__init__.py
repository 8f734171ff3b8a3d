"""The only prose: every word a reader sees is written here, for all formats alike."""
