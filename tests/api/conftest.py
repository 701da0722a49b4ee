"""The same people and incidents as in tests/incidents."""

from tests.incidents.conftest import data_dir, ears, incident, responder, roles_there, run, viewer

__all__ = ["data_dir", "ears", "incident", "responder", "roles_there", "run", "viewer"]
