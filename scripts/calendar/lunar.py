"""Writes fixtures/calendar/lunar.tsv (the first day of every lunar month from 1900 to 2050) and prints the table of
crates/forms/src/calendar/lunar.rs.

Two libraries that were made apart must agree on every month: sxtwl (astronomical) and borax (from the tables the Hong
Kong Observatory publishes). Where they differ nothing is written and the months are named: after 2050 a few new moons fall so near midnight that they
do, and nobody who is counted was born there.

    python3 -m venv target/calendar && target/calendar/bin/pip install sxtwl borax
    target/calendar/bin/python scripts/calendar/lunar.py
"""

import datetime
import sys

import sxtwl
from borax.calendars.lunardate import LunarDate

FIRST, LAST = 1900, 2050


def by_sxtwl():
    """(lunar year, month, leap, first day) in order."""
    day, end = datetime.date(1900, 1, 1), datetime.date(2051, 3, 1)
    while day < end:
        one = sxtwl.fromSolar(day.year, day.month, day.day)
        if one.getLunarDay() == 1 and FIRST <= one.getLunarYear() <= LAST:
            yield one.getLunarYear(), one.getLunarMonth(), bool(one.isLunarLeap()), day
        day += datetime.timedelta(1)


def main():
    months = list(by_sxtwl())
    differ = []
    for year, month, leap, day in months:
        other = LunarDate(year, month, 1, leap).to_solar_date()
        if other != day:
            differ.append(f"{year}-{month}{'+' if leap else ''}: sxtwl {day}, borax {other}")
    if differ:
        sys.exit("\n".join(differ))
    with open("fixtures/calendar/lunar.tsv", "w") as out:
        out.write("# lunar year, month, leap (1), first day\n")
        for year, month, leap, day in months:
            out.write(f"{year}\t{month}\t{int(leap)}\t{day}\n")
    # A year: bits 0-12 say which of its months, in order, have 30 days; bits 13-16 which month is followed by a leap one.
    ends = [day for *_, day in months[1:]] + [months[-1][3] + datetime.timedelta(length_of_last(months))]
    years = {}
    for (year, month, leap, day), end in zip(months, ends):
        bits, count = years.get(year, (0, 0))
        bits |= ((end - day).days == 30) << count
        if leap:
            bits |= month << 13
        years[year] = (bits, count + 1)
    row = []
    for year in range(FIRST, LAST + 1):
        row.append(f"0x{years[year][0]:05x}")
        if len(row) == 10 or year == LAST:
            print("    " + ", ".join(row) + ",")
            row = []


def length_of_last(months):
    day = months[-1][3]
    for length in (29, 30):
        after = day + datetime.timedelta(length)
        if sxtwl.fromSolar(after.year, after.month, after.day).getLunarDay() == 1:
            return length
    raise ValueError("no month has another length")


main()
