"""`make bench`: speed as ratios to floors measured in the same run. Exit code 1 when a promise is broken."""

import sys
from itertools import chain

from tests.bench import alert_scan, digests, plan_load, project_list

HEAD = ("what", "ours", "floor", "ratio", "promise", "")
BENCHES = (project_list.results, plan_load.results, alert_scan.results, digests.results)


def main() -> int:
    """Run all benches and print their table."""
    results = list(chain.from_iterable(bench() for bench in BENCHES))
    _print([HEAD, *(each.row() for each in results)])
    return 0 if all(each.holds for each in results) else 1


def _print(rows: list[tuple[str, ...]]) -> None:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


if __name__ == "__main__":
    sys.exit(main())
