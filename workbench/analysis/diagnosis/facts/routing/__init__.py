"""Facts about routing: where a way ends, circles, or is chosen by a rule."""
