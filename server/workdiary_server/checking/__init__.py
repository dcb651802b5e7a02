"""Holding a diary's folder to its logs: what does not fit is named, what is derived is mended."""
