"""What a refresh will do and what it came to, as a person sees it: the database, then each pair of buckets."""

from __future__ import annotations

from rich.console import Console

from masker.cli.display.sync import print_sync_result
from masker.cli.filled import print_database_result
from masker.refresh import RefreshResult


def print_refresh_result(result: RefreshResult, console: Console) -> None:
    """The lines of both halves, and one for the whole."""
    print_database_result(result.database, console)
    for other in result.others.values():
        print_database_result(other, console)
    if result.buckets is not None:
        print_sync_result(result.buckets, console)
    minutes, seconds = divmod(result.elapsed_s, 60)
    took = f"{minutes:.0f} min {seconds:.0f} s" if minutes else f"{seconds:.1f} s"
    count = len(result.buckets.pairs) if result.buckets is not None else 0
    also = f" and {count} bucket{'s' if count != 1 else ''}" if count else " alone"
    mark, how = (
        ("[green]✓[/]", "all verified")
        if result.is_verified
        else ("[red]✗[/]", "the database's rows not proved (--verify none)")
    )
    further = "".join(f", {name}" for name in result.others)
    console.print(
        f"{mark} [bold]refreshed[/] in {took}: the database{further}{also}, {how}, run {result.run}", soft_wrap=True
    )
