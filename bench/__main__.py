"""`make bench`: every benchmark, as ratios taken in one run."""

import platform

from bench import confirmation, envelope

SIZES = (10_000, 100_000)


def main() -> None:
    """Print one table a benchmark."""
    print(f"Python {platform.python_version()}, medians of {envelope.RUNS} runs taken in turns")
    for size in SIZES:
        print("\n".join(["", *envelope.run(size)]), flush=True)
    print("\n".join(["", *confirmation.run(SIZES[-1])]), flush=True)


if __name__ == "__main__":
    main()
