"""The screens of the diary."""
