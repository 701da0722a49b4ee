"""The same people, incident and run as in the tests of the pages."""

from tests.web.conftest import browse, incident, judged_run, no_worker, people

__all__ = ["browse", "incident", "judged_run", "no_worker", "people"]
