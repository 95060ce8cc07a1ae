"""How many connections each address holds, so that slow clients of one house starve nobody else."""

import threading
from collections import Counter


class Shares:
    """Counts connections an address; no address holds more than `most`."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._held: Counter[str] = Counter()

    def take(self, address: str) -> bool:
        """One more for this address; False where it holds its share already."""
        with self._lock:
            if self._held[address] >= self._most:
                return False
            self._held[address] += 1
            return True

    def give_back(self, address: str) -> None:
        """One fewer."""
        with self._lock:
            self._held[address] -= 1
            if not self._held[address]:
                del self._held[address]
