"""What proves a log to others, as RFC 6962 and C2SP have it: proofs, tiles, cosignatures."""
