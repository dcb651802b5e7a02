"""Two weeks of a plausible diary, made by the real server and tracker, to look at."""
