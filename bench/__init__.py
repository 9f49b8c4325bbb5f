"""The benchmark: `make bench` measures Hubbub, the physical limit and its peers side by side, in one run."""
