"""Files on disk."""

import os
import stat
from pathlib import Path

import pytest

from models.disk import create_private, settle, settle_folder


def test_a_private_file_is_its_owners_whatever_the_umask_and_never_taken_over(tmp_path: Path) -> None:
    path = tmp_path / "x"
    old = os.umask(0)
    try:
        with create_private(path) as file:
            file.write(b"x")
            settle(file)
    finally:
        os.umask(old)
    settle_folder(tmp_path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with pytest.raises(FileExistsError):
        create_private(path)
