"""`palang status` and `palang doctor`: the checks of every module over one gateway."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.domain.errors import PalangError
from gateway.domain.health import Check, Finding, Level
from gateway.main.doctor_command_channels import channel_checks
from gateway.main.doctor_command_checks import setup_checks
from gateway.main.doctor_command_machine import machine
from gateway.main.restore_epoch import refuse_closed
from gateway.main.stamping import stamp_rhythm
from gateway.services import doctor, status
from gateway.services.status_facts import Facts, FactsReader, Limits
from gateway.store.figures import SqlFigures
from keys.notes import C2spNotes

if TYPE_CHECKING:
    from gateway.main.wiring import Gateway


@dataclass(frozen=True)
class Health:
    """What the commands ask of one gateway."""

    gateway: Gateway
    limits: Limits

    def status(self) -> list[Finding]:
        """How it runs, in a restored home its epoch first; one critical finding where that can't be
        read at all."""
        return doctor.run([Check("epoch", self._closed)]) + self._running()

    def _closed(self) -> Sequence[Finding]:
        """Nothing where an epoch is open: then there is nothing to say of it."""
        refuse_closed(self.gateway)
        return ()

    def _running(self) -> list[Finding]:
        try:
            facts = self._facts()
        except PalangError as error:
            advice = error.hint or "palang doctor"
            return [Finding("gateway", Level.CRITICAL, str(error), advice)]
        return doctor.run(status.checks(facts, self.limits))

    def examine(self, *, network: bool, partner: str) -> list[Finding]:
        """How it is set up, whether its channels answer, and how it runs; of one partner's
        channel only, where one is named."""
        if partner:
            return doctor.run(channel_checks(self.gateway, partner))
        found = doctor.run([Check("epoch", self._closed), *setup_checks(self.gateway)])
        if network:
            found += doctor.run([Check("channels", self._channels)])
        return found + self._running()

    def _channels(self) -> Sequence[Finding]:
        return doctor.run(channel_checks(self.gateway))

    def _facts(self) -> Facts:
        gateway = self.gateway
        figures, rhythm = SqlFigures(gateway.store), stamp_rhythm(gateway)
        reader = FactsReader(gateway.store, gateway.clock, figures, C2spNotes(), rhythm)
        return reader.read(machine(gateway.settings))
