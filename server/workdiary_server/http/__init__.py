"""HTTP: a handler parses, calls one function of the diary, and renders its answer."""
