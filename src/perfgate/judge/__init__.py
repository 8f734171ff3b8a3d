"""Decide: numbers in, a judgement out. Pure."""
