#!/usr/bin/env python3
"""Validates JSON files against a JSON Schema (draft 2020-12); says every error and ends with 1 where there is one.

usage: validate.py SCHEMA[#/$defs/NAME] FILE...     (no FILE but -: standard input)
needs: the Python package jsonschema

A schema refers to those beside it by their file names. With NAME a file is held against that definition; where its
name ends in .jsonl, each of its lines is.
"""
import json
import os
import sys

import jsonschema
import referencing


def load(path):
    with open(path, encoding="utf-8") as file:
        return json.load(file)


path, _, fragment = sys.argv[1].partition("#")
schema = load(path)
jsonschema.Draft202012Validator.check_schema(schema)
folder = os.path.dirname(path)
registry = referencing.Registry().with_resources(
    (name, referencing.Resource.from_contents(load(os.path.join(folder, name))))
    for name in os.listdir(folder or ".") if name.endswith(".schema.json"))
if fragment:
    schema = {"$schema": schema["$schema"], "$ref": f"{os.path.basename(path)}#{fragment}"}
validator = jsonschema.Draft202012Validator(schema, registry=registry)
failed = False
for name in sys.argv[2:]:
    with sys.stdin if name == "-" else open(name, encoding="utf-8") as file:
        texts = file.read().split("\n")[:-1] if name.endswith(".jsonl") else [file.read()]
    for number, text in enumerate(texts, 1):
        for error in validator.iter_errors(json.loads(text)):
            failed = True
            place = "/".join(str(part) for part in error.absolute_path)
            line = f"{number}: " if name.endswith(".jsonl") else ""
            print(f"{name}: {line}{place}: {error.message[:300]}")
sys.exit(failed)
