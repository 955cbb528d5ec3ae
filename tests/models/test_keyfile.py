"""The key file, and the sheets of paper."""

import json
import os
import stat
from itertools import permutations
from pathlib import Path
from uuid import uuid4

import pytest

from models import keyfile
from models.keyfile import KeyFile, MistypedLine, Sheet, UnsafeKeyFile, combine, make_sheets
from models.sealing import Purpose, Refused, lock, new_secret, unlock

KNOWN = Path(__file__).parent / "known_answers"


def test_a_key_file_is_kept_for_its_owner_and_read_back(tmp_path: Path) -> None:
    path, keys = tmp_path / "key.json", KeyFile.new()
    old = os.umask(0)
    try:
        keys.save(path)
    finally:
        os.umask(old)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert KeyFile.load(path) == keys
    assert list(tmp_path.iterdir()) == [path]


def test_an_existing_key_file_is_never_lost_by_accident(tmp_path: Path) -> None:
    path, keys, other = tmp_path / "key.json", KeyFile.new(), KeyFile.new()
    keys.save(path)
    with pytest.raises(FileExistsError):
        other.save(path)
    assert KeyFile.load(path) == keys
    other.save(path, overwrite=True)
    assert KeyFile.load(path) == other
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o644, 0o666])
def test_a_key_file_open_to_others_is_not_used(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "key.json"
    KeyFile.new().save(path)
    path.chmod(mode)
    with pytest.raises(UnsafeKeyFile):
        KeyFile.load(path)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "null",
        '{"format": 1, "bases": [], "transits": []}',
        '{"format": 1, "bases": [{"secret": "00ff", "made": "2026-11-20"}], "transits": []}',
        '{"format": 1}',
    ],
)
def test_a_damaged_key_file_says_so_without_its_content(tmp_path: Path, text: str) -> None:
    path = tmp_path / "key.json"
    path.write_text(text)
    path.chmod(0o600)
    with pytest.raises(UnsafeKeyFile) as caught:
        KeyFile.load(path)
    assert caught.value.__cause__ is None
    assert "00ff" not in str(caught.value)


def test_a_format_of_the_future_is_not_guessed_at(tmp_path: Path) -> None:
    path = tmp_path / "key.json"
    KeyFile.new().save(path)
    told = json.loads(path.read_text()) | {"format": 2}
    path.write_text(json.dumps(told))
    with pytest.raises(UnsafeKeyFile):
        KeyFile.load(path)


def test_nothing_of_the_keys_shows_in_a_log() -> None:
    keys, sheet = KeyFile.new(), make_sheets(new_secret())[0]
    secrets = [keys.bases[0].secret, keys.transits[0].secret, *sheet.parts]
    shown = repr((keys, keys.transit, keys.bases[0], sheet))
    for secret in secrets:
        assert secret.hex() not in shown
        assert repr(secret)[2:-1] not in shown


def test_pepper_index_and_directory_are_three_keys_of_the_base() -> None:
    keys = KeyFile.new()
    assert len({keys.pepper, keys.index, keys.directory, keys.bases[0].secret}) == 4
    turned = keys.with_new_base()
    assert turned.pepper != keys.pepper
    assert turned.peppers == (turned.pepper, keys.pepper)


def test_transit_opens_what_older_secrets_locked_until_they_are_dropped() -> None:
    row, keys = uuid4(), KeyFile.new()
    envelope = keys.transit.lock(b"x", Purpose.DRAFT, row)
    turned = keys.with_new_transit()
    assert turned.transit.id != keys.transit.id
    assert turned.transit.unlock(envelope, Purpose.DRAFT, row) == b"x"
    assert keys.transit.id in envelope
    dropped = turned.without_transit(keys.transit.id)
    with pytest.raises(Refused):
        dropped.transit.unlock(envelope, Purpose.DRAFT, row)
    with pytest.raises(ValueError, match="in use"):
        dropped.without_transit(dropped.transit.id)


def test_transit_asks_the_named_key_only(monkeypatch: pytest.MonkeyPatch) -> None:
    row, keys = uuid4(), KeyFile.new().with_new_transit().with_new_transit()
    asked = []

    def noting(secret: bytes, *rest: object) -> bytes:
        asked.append(secret)
        return unlock(secret, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(keyfile, "unlock", noting)
    envelope = lock(keys.transits[2].secret, b"x", Purpose.DRAFT, row)
    assert keys.transit.unlock(envelope, Purpose.DRAFT, row) == b"x"
    assert asked == [keys.transits[2].secret]
    for foreign in (lock(new_secret(), b"x", Purpose.DRAFT, row), b"", envelope[:17]):
        with pytest.raises(Refused):
            keys.transit.unlock(foreign, Purpose.DRAFT, row)
    assert len(asked) == 1


def test_any_two_recovery_sheets_give_the_secret_in_either_order() -> None:
    secret = new_secret()
    typed = [Sheet.parse(sheet.lines()) for sheet in make_sheets(secret)]
    for one, other in permutations(typed, 2):
        assert combine(one, other) == secret


def test_one_sheet_twice_or_sheets_of_two_sets_are_refused() -> None:
    secret = new_secret()
    first, again, other = make_sheets(secret), make_sheets(secret), make_sheets(new_secret())
    for sheet in first:
        with pytest.raises(Refused):
            combine(sheet, sheet)
    for foreign in (again, other):
        for one, two in permutations(range(3), 2):
            with pytest.raises(Refused):
                combine(first[one], foreign[two])


def test_an_altered_sheet_is_refused() -> None:
    one, two, _ = make_sheets(new_secret())
    for parts in ((new_secret(), one.parts[1]), (one.parts[0], new_secret())):
        with pytest.raises(Refused):
            combine(Sheet(1, one.of, parts), two)
    with pytest.raises(Refused):
        combine(Sheet(3, one.of, one.parts), two)


def test_one_sheet_alone_does_not_hold_the_secret() -> None:
    secret = new_secret()
    for sheet in make_sheets(secret):
        first, second = sheet.parts
        xor = bytes(a ^ b for a, b in zip(first, second, strict=True))
        assert secret not in {first, second, xor}


def test_a_mistyped_line_of_a_sheet_is_named() -> None:
    lines = make_sheets(new_secret())[0].lines()
    assert len(lines) == 7
    for place, line in enumerate(lines):
        wrong = ("2" if line[0] != "2" else "3") + line[1:]
        with pytest.raises(MistypedLine) as caught:
            Sheet.parse([*lines[:place], wrong, *lines[place + 1 :]])
        assert caught.value.number == place + 1
    with pytest.raises(MistypedLine) as caught:
        Sheet.parse([lines[0], lines[2], lines[1], *lines[3:]])
    assert caught.value.number == 2
    with pytest.raises(MistypedLine) as caught:
        Sheet.parse(lines[:5])
    assert caught.value.number == 6


def test_typed_sheets_may_carry_numbers_and_small_letters() -> None:
    secret = new_secret()
    one, two, _ = make_sheets(secret)
    typed = [f"{number}) {line.lower()}" for number, line in enumerate(one.lines(), 1)]
    assert combine(Sheet.parse(typed), two) == secret


def test_a_paper_copy_reads_back_and_mixed_copies_are_refused() -> None:
    secret, other = new_secret(), new_secret()
    lines, foreign = keyfile.paper_lines(secret), keyfile.paper_lines(other)
    assert len(lines) == 4
    assert keyfile.from_paper(lines) == secret
    with pytest.raises(Refused):
        keyfile.from_paper([*lines[:2], *foreign[2:]])
    with pytest.raises(MistypedLine):
        keyfile.from_paper(list(reversed(lines)))


def test_invariant_12_sheets_and_papers_printed_by_version_1_still_read(tmp_path: Path) -> None:
    answer = json.loads((KNOWN / "papers.json").read_text())
    secret = bytes.fromhex(answer["secret"])
    sheets = [Sheet.parse(lines) for lines in answer["sheets"]]
    for one, other in permutations(sheets, 2):
        assert combine(one, other) == secret
    assert keyfile.from_paper(answer["paper"]) == secret
    path = tmp_path / "key.json"
    path.write_text(json.dumps(answer["key_file"]))
    path.chmod(0o600)
    keys = KeyFile.load(path)
    derived = {"pepper": keys.pepper.hex(), "index": keys.index.hex(), "directory": keys.directory.hex()}
    assert derived == answer["derived"]
