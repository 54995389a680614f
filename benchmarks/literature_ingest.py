"""OpenAlex records from gzip to Parquet: raw bytes a second and core, two generations of the schema mixed.

    python benchmarks/literature_ingest.py [--data DIR] [--size 80]

``--data`` holds ``openalex-works-sample``; its thousand records are repeated ``--size`` times with other numbers, every second
time rewritten to the schema of 2026 (no host_venue and concepts; primary_location, primary_topic and keywords instead), fields
left out here and there. Measured: CPU seconds from gzip to the staged tables, then those of the whole load with duplicates,
numbering and the final files. Beside it: DuckDB reading the same file to the nested columns, references and abstract index
left as JSON.
"""

import argparse
import gzip
import resource
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

import orjson

from yuantou.connectors.literature import load_files
from yuantou.connectors.literature.staging import Part
from yuantou.connectors.openalex.reader import read

PEER = """
import duckdb, sys, time
base = duckdb.connect(); base.execute("SET threads = 2")
start = time.process_time()
base.execute(f'''COPY (SELECT id, doi, title, publication_year, type, referenced_works, authorships, abstract_inverted_index
FROM read_json('{sys.argv[1]}', format='newline_delimited', ignore_errors=true, maximum_object_size=67108864, columns={{
 id: 'VARCHAR', doi: 'VARCHAR', title: 'VARCHAR', publication_year: 'INTEGER', type: 'VARCHAR', referenced_works: 'VARCHAR[]',
 authorships: 'STRUCT(author_position VARCHAR, author STRUCT(id VARCHAR, display_name VARCHAR, orcid VARCHAR), institutions STRUCT(id VARCHAR, display_name VARCHAR, ror VARCHAR, country_code VARCHAR)[])[]',
 abstract_inverted_index: 'JSON'}})) TO '{sys.argv[2]}' (FORMAT parquet)''')
print(time.process_time() - start)
"""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--size", type=int, default=80)
    chosen = parser.parse_args()
    folder = chosen.data / "openalex-works-sample"
    source = (folder if folder.is_dir() else chosen.data) / "works_2022-05.jsonl.gz"
    with tempfile.TemporaryDirectory() as place:
        path = Path(place) / "works.jsonl.gz"
        raw, records = write(source, path, chosen.size)
        warm = Path(place) / "warm.jsonl"
        warm.write_bytes(first(path))
        part = Part(Path(place) / "part", 0)
        part.folder.mkdir()
        read(warm, part, load=1, last_year=2027)
        part = Part(Path(place) / "part", 0)
        start = time.process_time()
        problems = read(path, part, load=1, last_year=2027)
        seconds = time.process_time() - start
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
        print(f"{records:,} records, {raw / 1e9:.2f} GB raw, {path.stat().st_size / 1e9:.2f} GB gzip")
        print(
            f"gzip to staged tables: {seconds:.2f} CPU-s, {raw / seconds / 1e9:.3f} GB/s a core, {memory:.2f} GB, {len(problems)} problems"
        )
        start = time.process_time()
        loaded = load_files(Path(place) / "lake", [path], now=datetime(2026, 11, 25, tzinfo=UTC))
        whole = time.process_time() - start
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
        print(
            f"whole load into a lake: {whole:.2f} CPU-s, {raw / whole / 1e9:.3f} GB/s a core, {memory:.2f} GB, {loaded.counts}"
        )
        ran = subprocess.run(
            [sys.executable, "-c", PEER, str(path), f"{place}/peer.parquet"],
            capture_output=True,
            text=True,
            check=False,
        )
        if ran.returncode:
            print("DuckDB:", ran.stderr.strip()[-200:])
        else:
            print(
                f"DuckDB: {float(ran.stdout.split()[-1]):.2f} CPU-s, {raw / float(ran.stdout.split()[-1]) / 1e9:.3f} GB/s a core"
            )
    rate = raw / seconds / 1e9
    ok = rate >= 0.25 and memory <= 1.5 and not problems and part.counts["records"] == records
    print(
        f"literature_ingest: {rate:.3f} GB/s a core from gzip, {memory:.2f} GB, {part.counts['records']:,} of {records:,} records "
        f"(goal ≥ 0.25, ≤ 1.5, all) {'ok' if ok else 'short'}"
    )
    return 0 if ok else 1


def first(path: Path) -> bytes:
    with gzip.open(path) as file:
        return b"".join(file.readline() for _ in range(2100))


def write(source: Path, path: Path, copies: int) -> tuple[int, int]:
    """Write the copies; returns bytes raw and number of records."""
    records = [orjson.loads(line) for line in gzip.open(source)]
    raw = 0
    with gzip.open(path, "wb", compresslevel=4) as file:
        for copy in range(copies):
            lines = []
            for number, record in enumerate(records):
                changed = modern(record, number) if copy % 2 else dict(record)
                changed["id"] = f"https://openalex.org/W{9_000_000_000 + copy * 1000 + number}"
                changed["doi"] = f"https://doi.org/10.5555/{copy}.{number}"
                changed["title"] = changed["display_name"] = f"{record['display_name']} {copy}"
                lines.append(orjson.dumps(changed) + b"\n")
            block = b"".join(lines)
            raw += len(block)
            file.write(block)
    return raw, copies * len(records)


def modern(record: dict, number: int) -> dict:
    """Rewrite a record of 2022 as one of 2026 would look; a field is missing now and then."""
    found = {k: v for k, v in record.items() if k not in {"host_venue", "alternate_host_venues", "concepts"}}
    venue, concepts = record["host_venue"], record["concepts"]
    found["primary_location"] = {
        "is_oa": venue["is_oa"],
        "source": {k: venue[k] for k in ("id", "display_name", "issn_l", "type")}
        | {"host_organization_name": venue["publisher"]},
    }
    found["keywords"] = [
        {
            "id": f"https://openalex.org/keywords/{c['display_name']}",
            "display_name": c["display_name"],
            "score": c["score"],
        }
        for c in concepts
    ]
    if concepts:
        found["primary_topic"] = {
            "id": "https://openalex.org/T1", "display_name": "Topic", "score": 0.9,
            "subfield": {"id": "https://openalex.org/subfields/1", "display_name": "Sub"},
            "field": {"id": "https://openalex.org/fields/1", "display_name": "Field"},
            "domain": {"id": "https://openalex.org/domains/1", "display_name": "Domain"},
        }  # fmt: skip
    found["language"] = "en"
    for name in (
        ("abstract_inverted_index",),
        ("authorships",),
        ("referenced_works",),
        ("publication_date", "type"),
        (),
        (),
    )[number % 6]:
        found.pop(name, None)
    return found


if __name__ == "__main__":
    sys.exit(main())
