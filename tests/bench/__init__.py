"""What the benchmarks claim, held up."""
