"""
How long does it take to find and to mask personal data? Microseconds a kilobyte, by size.

    python -m bench.personal_data --kilobytes 80 --kilobytes 800

Each text is made of short e-mail addresses and card numbers, none twice: nearly the most that
there can be to find. Prints a line of JSON for each size. What takes linear time has about the
same figures in all of them.
"""

from __future__ import annotations

import json
from itertools import count
from time import process_time

import click
from stdnum import luhn

from streams.text import personal_data

SIZES = (80, 800)


@click.command()
@click.option("--kilobytes", multiple=True, default=SIZES, type=click.IntRange(min=1))
def main(kilobytes: tuple[int, ...]) -> None:
    """Measure finding and masking."""
    for size in kilobytes:
        click.echo(json.dumps(measure(size)))


def measure(kilobytes: int) -> dict[str, float]:
    """Return the size of a text, what is found in it, and the microseconds a kilobyte."""
    text = personal_text(1_000 * kilobytes)
    start = process_time()
    found = sum(1 for _ in personal_data.find(text))
    middle = process_time()
    personal_data.masked(text)
    end = process_time()
    return {
        "kilobytes": kilobytes,
        "found": found,
        "find_us_per_kb": round(1e6 * (middle - start) / kilobytes, 1),
        "mask_us_per_kb": round(1e6 * (end - middle) / kilobytes, 1),
    }


def personal_text(characters: int) -> str:
    """Return a text of at least *characters* in which every line has personal data of its own."""
    lines: list[str] = []
    length = 0
    for n in count():
        if length >= characters:
            return "\n".join(lines)
        card = f"4{n:014}"
        lines.append(f"a{n}@b.co b{n}@b.co c{n}@b.co {card}{luhn.calc_check_digit(card)}")
        length += len(lines[-1]) + 1
    raise AssertionError("count() does not end")


if __name__ == "__main__":
    main()
