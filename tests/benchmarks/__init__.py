"""Benchmarks of the portal: ``make bench [ARGS="--only NAME,NAME"]`` writes bench.json."""
