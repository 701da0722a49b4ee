"""May exactly these bytes be sent to a device?"""

from collectors.guard.fences import Forbidden, check, refusal

__all__ = ["Forbidden", "check", "refusal"]
