"""One command that serves: the private Redis, the worker, the web, the lab, and their orderly
end."""
