"""Which ids have a key, and which dense number: for everything that one batch reads and writes. Used by its parts.

A search among the texts of all keys costs as much as the store is large. Most ids that a batch brings are new, and the
hashes of all keys, read once a batch, tell so for sure; only the others are searched for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from graph.arrays.key_set import KeySet
from graph.arrays.text_index import MISSING, TextIndex
from graph.store.duckdb_parts.engine import Reader
from graph.store.duckdb_parts.schema import first_number, keys_of

if TYPE_CHECKING:
    Texts: TypeAlias = pa.ChunkedArray[Any]

_WRITTEN_OUT = 200
FEW = 5_000  # ids: for fewer a search is cheaper than reading the hashes of a large store
HELD = 4_000_000  # keys of a type whose texts are held in memory, at most: about 80 bytes each


class Keys:
    """The keys as the transaction of a batch sees them.

    Args:
        reader: inside that transaction.
    """

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._seen: dict[str, tuple[KeySet, int]] = {}  # hashes of a type's keys, and the first number not in it
        self._found: dict[str, dict[str, int]] = {}  # numbers that were searched for, where few were
        self._held: dict[str, tuple[TextIndex, int]] = {}  # all keys of a type, and the first number not in it
        self._next: dict[str, int] = {}  # only this transaction gives numbers: a part asks many times

    def next_number(self, type_name: str) -> int:
        """The dense number that the next new key of a type gets."""
        if type_name not in self._next:
            last = self._reader.number(f"SELECT max(_number) + 1 FROM {keys_of(type_name)}")
            self._next[type_name] = last or first_number(type_name)
        return self._next[type_name]

    def write(self, type_name: str, numbers: npt.NDArray[np.int64], ids: Texts) -> None:
        """Write new keys; the numbers follow those that were given before."""
        columns: dict[str, Any] = {"number": pa.array(numbers), "id": ids}
        self._reader.lend("new_keys", pa.table(columns))
        self._reader.run(f"INSERT INTO {keys_of(type_name)} SELECT number, id FROM new_keys")
        self._reader.release("new_keys")
        self._next[type_name] = int(numbers[-1]) + 1

    def unseen(self, type_name: str, ids: Texts) -> bool:
        """Whether surely none of the ids has a key."""
        return not self.maybe(type_name, ids).any()

    def maybe(self, type_name: str, ids: Texts) -> npt.NDArray[np.bool_]:
        """For each id whether it may have a key; false is certain."""
        until = self.next_number(type_name)
        if not len(ids) or until == first_number(type_name):
            return np.zeros(len(ids), dtype=bool)
        if len(ids) < FEW and type_name not in self._seen:
            return np.not_equal(self._numbers(type_name, ids), MISSING)
        return self._all_seen(type_name, until).known(self._hashes(ids)).astype(bool)

    def numbers(self, type_name: str, ids: Texts) -> npt.NDArray[np.int64]:
        """The dense number of each id (int64), `MISSING` where it has no key."""
        found = np.full(len(ids), MISSING, dtype=np.int64)
        if len(ids) < FEW and type_name not in self._seen:
            return self._numbers(type_name, ids) if len(ids) else found
        places = np.flatnonzero(self.maybe(type_name, ids))
        if len(places):
            found[places] = self._numbers(type_name, ids if len(places) == len(ids) else at(ids, places))
        return found

    def _numbers(self, type_name: str, ids: Texts) -> npt.NDArray[np.int64]:
        """By their texts. A part asks for the same few again and again, for each type that names them."""
        if len(ids) >= FEW:
            held = self._all_held(type_name)
            return self._searched(type_name, ids) if held is None else held.find(ids)
        found = self._found.setdefault(type_name, {})
        texts: list[Any] = ids.to_pylist()
        asked = [text for text in dict.fromkeys(texts) if text not in found]
        if asked:
            numbers = self._searched(type_name, pa.chunked_array([pa.array(asked, pa.string())]))
            found.update((text, number) for text, number in zip(asked, numbers.tolist(), strict=True) if number >= 0)
        return np.array([found.get(text, MISSING) for text in texts], dtype=np.int64)

    def _searched(self, type_name: str, ids: Texts) -> npt.NDArray[np.int64]:
        self._lend(ids)
        rows = self._reader.table(
            f"SELECT a.place, k._number AS number FROM asked_ids a JOIN {keys_of(type_name)} k ON k.id = a.id"
        )
        self._reader.release("asked_ids")
        found = np.full(len(ids), MISSING, dtype=np.int64)
        found[rows["place"].to_numpy()] = rows["number"].to_numpy()
        return found

    def _hashes(self, ids: Texts) -> npt.NDArray[np.int64]:
        self._lend(ids)
        rows = self._reader.table("SELECT place, hash(id) AS hash FROM asked_ids")
        self._reader.release("asked_ids")
        hashes = np.zeros(len(ids), dtype=np.int64)
        hashes[rows["place"].to_numpy()] = _signed(rows["hash"])
        return hashes

    def _lend(self, ids: Texts) -> None:
        columns: dict[str, Any] = {"place": pa.array(np.arange(len(ids), dtype=np.int64)), "id": ids}
        self._reader.lend("asked_ids", pa.table(columns))

    def _all_held(self, type_name: str) -> TextIndex | None:
        """All keys of a type in memory, those that were given since the last question too; None if they are many."""
        until = self.next_number(type_name)
        if until - first_number(type_name) > HELD:
            self._held.pop(type_name, None)
            return None
        held, first = self._held.get(type_name, (TextIndex(), first_number(type_name)))
        if until > first:
            rows = self._reader.table(f"SELECT id, _number FROM {keys_of(type_name)} WHERE _number >= {first}")
            held.add(rows["id"], rows["_number"].to_numpy())
        self._held[type_name] = held, until
        return held

    def _all_seen(self, type_name: str, until: int) -> KeySet:
        """Hashes of all keys; those that were given since the last question are added."""
        seen, first = self._seen.get(type_name, (KeySet(), first_number(type_name)))
        if until > first:
            rows = f"FROM {keys_of(type_name)} WHERE _number >= {first}"
            seen.add(_signed(self._reader.table(f"SELECT hash(id) AS hash {rows}")["hash"]))
        self._seen[type_name] = seen, until
        return seen


def among(reader: Reader, name: str, numbers: npt.NDArray[np.int64], *, written_out: int = _WRITTEN_OUT) -> str:
    """SQL `IN (…)` of numbers: written out if few, so that zone maps can use them, else lent under a name."""
    if len(numbers) <= written_out:
        return f"IN ({', '.join(map(str, numbers.tolist())) or 'NULL'})"
    columns: dict[str, Any] = {"number": pa.array(numbers)}
    reader.lend(name, pa.table(columns))
    return f"IN (SELECT number FROM {name})"


def at(values: Texts, places: npt.NDArray[Any]) -> Texts:
    """The values at these places (int64)."""
    wanted: Any = pa.array(places)
    return values.take(wanted)


def _signed(hashes: Any) -> npt.NDArray[np.int64]:
    return np.asarray(hashes.to_numpy(), dtype=np.uint64).view(np.int64)
