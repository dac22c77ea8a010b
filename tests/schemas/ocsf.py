"""Checks each line of stdin against the official schema of its class, OCSF 1.8.0 (PyPI ocsf-json-schema)."""

import json
import sys

from jsonschema import Draft202012Validator
from ocsf_json_schema import OcsfJsonSchemaEmbedded, get_ocsf_schema

schema = OcsfJsonSchemaEmbedded(get_ocsf_schema(version="1.8.0"))
validators = {}
wrong = seen = 0
for line in sys.stdin:
    event = json.loads(line)
    uid = event["class_uid"]
    if uid not in validators:
        name = schema.lookup_class_name_from_uid(uid)
        validators[uid] = Draft202012Validator(schema.get_class_schema(name))
    seen += 1
    for error in validators[uid].iter_errors(event):
        wrong += 1
        print(event["metadata"]["event_code"], error.json_path, error.message)
    if event["type_uid"] != uid * 100 + event["activity_id"] or event["category_uid"] != uid // 1000:
        wrong += 1
        print(event["metadata"]["event_code"], "class, category and type do not belong together")
print(f"{seen} events, {len(validators)} classes, {wrong} wrong")
sys.exit(wrong != 0)
