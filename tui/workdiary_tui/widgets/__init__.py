"""The widgets of the screens: each draws lines, none fetches."""
