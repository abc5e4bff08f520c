"""Write docs/holter.schema.json: what NAME.holter.json keeps to.

python docs/make_schema.py
"""

from __future__ import annotations

import json
from pathlib import Path

from ectopy.report.holter.document import holter_schema

if __name__ == "__main__":
    target = Path(__file__).with_name("holter.schema.json")
    target.write_text(json.dumps(holter_schema(), indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
