"""KMF files built byte by byte, without the package, so that each byte can be wrong on purpose."""
