"""What incidents are found by, derived from their events (`incidents.search.index`)."""

from __future__ import annotations

from django.db import models

from workbench.incidents.models.incident import Incident

SEQ_BITS = 32  # of the key of a text, below the number of its incident


class SearchText(models.Model):
    """The words of one event. Its key is the incident's number and the event's, so that the text
    engine answers with incidents and needs no join."""

    id = models.BigIntegerField(primary_key=True)
    incident = models.ForeignKey(Incident, models.CASCADE, related_name="+")
    words = models.TextField()  # lower case, separated by blanks, as `search.words` writes them

    def __str__(self) -> str:
        return f"{self.incident_id}: {self.words[:60]}"

    @staticmethod
    def key(incident_id: int, seq: int) -> int:
        """The key of an event's words."""
        return (incident_id << SEQ_BITS) | seq


class DeviceMention(models.Model):
    """A device that an incident has to do with."""

    class Role(models.TextChoices):
        GUILTY = "guilty"  # a final verdict names it
        DECIDED = "decided"  # its routing or hashing sends the packets there
        PATH = "path"
        ASKED = "asked"
        PASTED = "pasted"
        NAMED = "named"  # in what people wrote

    incident = models.ForeignKey(Incident, models.CASCADE, related_name="device_mentions")
    device = models.CharField(max_length=100)
    role = models.CharField(max_length=8, choices=Role.choices)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["device", "incident", "role"], name="a_device_is_mentioned_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.incident_id}: {self.device} {self.role}"


class AddressMention(models.Model):
    """An address that an incident has to do with."""

    class Role(models.TextChoices):
        FLOW = "flow"
        PATH = "path"
        VERDICT = "verdict"
        NAMED = "named"

    incident = models.ForeignKey(Incident, models.CASCADE, related_name="address_mentions")
    # 16 bytes, IPv4 as ::ffff:a.b.c.d: they sort as addresses do, so that a network is a range
    address = models.BinaryField(max_length=16)
    role = models.CharField(max_length=8, choices=Role.choices)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["address", "incident", "role"], name="an_address_is_mentioned_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.incident_id}: {bytes(self.address).hex()} {self.role}"


class PersonMention(models.Model):
    """Somebody who opened an incident, wrote in it, ran something or changed it."""

    incident = models.ForeignKey(Incident, models.CASCADE, related_name="person_mentions")
    name = models.CharField(max_length=150)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["name", "incident"], name="a_person_is_mentioned_once")
        ]

    def __str__(self) -> str:
        return f"{self.incident_id}: {self.name}"


class FoundCause(models.Model):
    """What `incidents.fault` says of an incident, kept for lists of many: the cause of its fault,
    else of the verdict that stands."""

    incident = models.OneToOneField(Incident, models.CASCADE, related_name="found_cause")
    cause = models.CharField(max_length=40, db_index=True)
    guilty = models.CharField(max_length=100, blank=True)
    run_number = models.PositiveIntegerField()

    class Meta:
        indexes = [models.Index(fields=["guilty", "cause"], name="causes_by_device")]

    def __str__(self) -> str:
        return f"{self.incident_id}: {self.cause}"
