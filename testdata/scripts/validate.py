#!/usr/bin/env python3
"""Validates JSON files against a JSON Schema (draft 2020-12); says every error and ends with 1 where there is one.

usage: validate.py SCHEMA FILE...     (no FILE but -: standard input)
needs: the Python package jsonschema
"""
import json
import sys

import jsonschema

with open(sys.argv[1], encoding="utf-8") as file:
    schema = json.load(file)
jsonschema.Draft202012Validator.check_schema(schema)
validator = jsonschema.Draft202012Validator(schema)
failed = False
for name in sys.argv[2:]:
    with sys.stdin if name == "-" else open(name, encoding="utf-8") as file:
        report = json.load(file)
    for error in validator.iter_errors(report):
        failed = True
        place = "/".join(str(part) for part in error.absolute_path)
        print(f"{name}: {place}: {error.message[:300]}")
sys.exit(failed)
