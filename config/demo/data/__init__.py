"""Sample people for the demo and for benchmarks: made from a seed, never copied from anybody."""
