"""Case -> paths -> verdict; pure Python, no Django."""
