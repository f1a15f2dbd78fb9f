#!/usr/bin/env python3
"""Writes ReleaseTable+BuiltIn.swift from ecs-ami-releases.json.

    testdata/scripts/release-table.py testdata/data/ecs-ami-releases.json > Sources/BatchRules/ReleaseTable+BuiltIn.swift
"""
import json
import sys
import textwrap


def numbers(version):
    return [int(number) for number in version.split(".")]


with open(sys.argv[1], encoding="utf-8") as file:
    data = json.load(file)

agents = {}
for row in data["releases"]:
    if row["ecs_agent"] and row["docker"]:
        agents.setdefault((row["family"], row["docker"]), set()).add(row["ecs_agent"])

year, month, day = numbers(data["as_of"].replace("-", "."))
print(
    f"""/// The releases known when this version was built; written by testdata/scripts/release-table.py.

import ImageFacts

extension ReleaseTable {{
    /// The releases of the ECS-optimized AMI up to {data["as_of"]}, from github.com/aws/amazon-ecs-ami.
    public static let builtIn = ReleaseTable(
        date: CalendarDay(year: {year}, month: {month}, day: {day}),
        latestAgent: ReleaseVersion({", ".join(map(str, numbers(data["latest_agent"])))}),
        pairs: pairs(in: shipped)
    )

    /// One line for each family and Docker version: the agents shipped with it.
    private static let shipped = \"\"\""""
)
for family, docker in sorted(agents, key=lambda pair: (pair[0], numbers(pair[1]))):
    versions = sorted(agents[family, docker], key=numbers)
    line = f"{family} {docker} " + " ".join(versions)
    wrapped = textwrap.wrap(line, 104, break_long_words=False)
    print(" \\\n".join("        " + part for part in wrapped))
print('        """\n}')
