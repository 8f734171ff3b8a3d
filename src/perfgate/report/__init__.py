"""Say it: a judgement in, texts out. Pure."""
