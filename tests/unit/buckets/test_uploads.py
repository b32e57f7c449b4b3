"""What is written down of copies by parts, and whose uploads are whose."""

from __future__ import annotations

import os
from pathlib import Path

from masker.buckets.files.uploads import UploadJournal


def test_an_upload_is_a_runs_own_by_its_id_or_by_key_and_time(tmp_path: Path) -> None:
    path = tmp_path / "uploads.jsonl"
    journal = UploadJournal(path)
    odd = "known\u2028\u0085\x1c"  # ends of lines to some
    for key in (odd, "unheard", "done"):
        journal.begins(key)
    journal.has_begun(odd, "id-1")
    journal.has_begun("done", "id-2")
    journal.has_ended("id-2")
    journal.close()
    with path.open("a") as file:
        file.write('{"upload": "half a li')
    began = path.stat().st_mtime
    os.utime(path, (began + 3600, began + 3600))
    left = UploadJournal(path).left()
    assert left.open == {"id-1": odd}
    assert left.is_own(odd, "id-1", began - 1e6)
    assert left.is_own("unheard", "id-3", began + 3700), "begun while the run lived, give or take clocks"
    assert not left.is_own("unheard", "id-3", began - 3600), "begun before the run"
    assert not left.is_own("unheard", "id-3", began + 3 * 3600), "begun after the run's end"
    assert not left.is_own("another", "id-4", began + 1)
    assert not left.is_own("done", "id-2", began + 1)
    UploadJournal(path).forget()
    assert not path.exists()
    assert not UploadJournal(path).left()
