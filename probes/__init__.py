"""One look at one target: the contract of a probe kind, the kinds, and the pure protocol parsers they share."""
