"""The commands that are run, by groups: those of one group share a folder, and follow one another."""

from __future__ import annotations

import json
from pathlib import Path

_COMMANDS = (
    *("decode", "inspect", "convert", "segment", "models", "emulator", "warmup", "bench", "demo"),
    *("codebook", "codebook.fit", "codebook.show", "codebook.collect"),
)
_SHOWN = "mixed png png_junk ring_yx ring_chunked rings rle tokens placeholder garbage_png null truncated reference"
_FORMATS = (
    "masks.parquet masks.arrow coco.json masks.xml masks.geojson masks.tar masks.npz "
    "yolo:yolo tasks.json:labelstudio results.json:coco-results panoptic:coco-panoptic "
    "labelme:labelme png:png maps:png-maps svg:svg"
)
_CASES_AT_ONCE = 5

_LABELS = '--labels "plate, apple, doughnut, pear, fork"'


def groups(inputs: Path, url: str) -> dict[str, list[str]]:
    """Every group by its name; words stand as in a shell, and ``< FILE`` is the standard input."""
    return {
        **_help(),
        **_inspect(inputs),
        **_decode(),
        **_convert(),
        **_cases(inputs),
        **_wrong(),
        **_models(),
        **_codebook(url),
        **_segment(url),
        "bench": ["bench --quick --threads 0", "bench --compare missing.json missing.json", "bench --threads x"],
        "demo": ["demo", "demo -o ../in/classes.txt/x"],
        "warmup": ["warmup"],
    }


def _help() -> dict[str, list[str]]:
    named = {f"help {name}": [f"{name.replace('.', ' ')} --help"] for name in _COMMANDS}
    return {"help": ["--help", "", "-h", "--version"], **named}


def _inspect(inputs: Path) -> dict[str, list[str]]:
    """Samples with a size and without, and what real models wrote."""
    shown = {
        f"inspect {name}": [f"inspect ../in/demo/{name}.txt --size 960x640", f"inspect ../in/demo/{name}.txt --json"]
        for name in _SHOWN.split()
    }
    shown["inspect standard input"] = [
        "inspect - --strict < ../in/demo/mixed.txt",
        "inspect - --json < ../in/empty.txt",
    ]
    shown["inspect image"] = [
        "inspect ../in/demo/mixed.txt --image ../in/demo/image.png --strict",
        "inspect ../in/bytes.bin",
    ]
    shown["inspect unmasked"] = [
        "inspect ../in/masks.parquet.unmasked.jsonl",
        "inspect ../in/masks.parquet.unmasked.jsonl --json --strict",
    ]
    if (inputs / "corpus").is_dir():
        shown["inspect corpus"] = [
            "inspect ../in/corpus/cookbook_reply.txt",
            "inspect ../in/corpus/cookbook_reply.txt --json",
        ]
        for name in ("replies_2_5", "failing_replies", "failing_items_repr"):
            shown[f"corpus {name}"] = [
                f"convert ../in/corpus/{name}.jsonl --size 640x480 --field reply=text -o {name}.parquet --json",
                f"inspect {name}.parquet.unmasked.jsonl",
                f"inspect {name}.parquet.unmasked.jsonl --json",
                f"convert {name}.parquet.unmasked.jsonl -o boxes.json --fallback box --axis yx",
            ]
    return shown


def _decode() -> dict[str, list[str]]:
    mixed = "decode ../in/demo/mixed.txt"
    return {
        "decode image": [
            f"{mixed} --image ../in/demo/image.png -o out",
            "decode ../in/demo/ring.txt --size 960x640 -o out",
        ],
        "decode size": [
            f"{mixed} --size 96x64 -o out --threshold 30 --axis xy",
            f"{mixed} --size 96x64 -o other --json",
        ],
        "decode box": [
            f"{mixed} --size 960x640 -o out --fallback box",
            f"{mixed} --size 960x640 -o o2 --fallback box --json",
        ],
        "decode strict": [
            f"{mixed} --size 960x640 -o out --strict",
            "decode ../in/demo/ring.txt --size 96x64 -o o --strict",
        ],
        "decode truncated": ["decode ../in/demo/truncated.txt --size 96x64 -o out --strict --json"],
        "decode standard input": [
            "decode - --size 96x64 -o out < ../in/demo/png.txt",
            "decode ../in/empty.txt --size 9x9 -o e",
        ],
        "decode holes": [
            "decode ../in/demo/ring_holes.txt --size 320x200 -o out",
            "decode ../in/bytes.bin --size 9x9 -o b",
        ],
    }


def _convert() -> dict[str, list[str]]:
    replies = "convert ../in/demo/replies.jsonl --size 960x640"
    made: dict[str, list[str]] = {}
    for target in _FORMATS.split():
        name, _, to = target.partition(":")
        more = f" --to {to}" if to else ""
        made[f"convert to {name}"] = [f"{replies} -o {name}{more}", f"{replies} -o {name}{more} --json"]
    for name in ("coco.json", "masks.xml", "masks.geojson", "masks.npz", "masks.tar", "masks.arrow"):
        made[f"convert from {name}"] = [f"convert ../in/{name} -o again.parquet --json"]
    for name in ("yolo", "labelme", "svg", "png", "png-maps", "coco-panoptic"):
        made[f"convert from {name}"] = [f"convert ../in/as-{name} -o again.parquet --json --size 960x640"]
    named = "convert ../in/named.jsonl --field reply=answer --field width=w --field height=h --field image=file"
    return {
        **made,
        "convert named": [f"{named} -o masks.parquet", f"{named} -o boxes.parquet --fallback box --threads 1 --strict"],
        "convert shards": [
            f"{named} -o shards --shard-rows 20 --threads 2",
            f"{named} -o shards --shard-rows 20",
            f"{named} -o shards --shard-rows 20 --axis xy",
            "convert shards -o coco.json --polygons",
            "convert shards -o tasks.json --to labelstudio --polygons",
        ],
        "convert filters": [
            f'{replies} -o coco.json --filter "status = ok, area >= 100" --polygons',
            f'{replies} -o ok.parquet --filter "label = star | fish, form = ring" --json',
            f"{replies} -o yolo --to yolo --classes ../in/classes.txt",
            f"{replies} -o some.json --classes ../in/classes.txt --strict",
            f'{replies} -o none.xml --filter "area > 99999999"',
        ],
        "convert folder": [
            "convert ../in/texts --size 240x160 -o masks.parquet",
            "convert ../in/texts -o unsized.parquet",
        ],
        "convert images": ["convert ../in/texts --images ../in/photos/scene_11.jpg -o a.parquet --json"],
        "convert plain": ["convert ../in/plain.jsonl -o masks.json", "convert ../in/plain.jsonl.gz -o masks.json"],
        "convert pipe": [
            "convert - -o masks.parquet < ../in/plain.jsonl.gz",
            "convert - -o m.npz < ../in/broken.jsonl",
        ],
        "convert batch": [
            "convert ../in/batch.jsonl --size 96x64 -o masks.parquet",
            "convert ../in/batch.jsonl -o m.json",
        ],
        "convert broken": [
            "convert ../in/broken.jsonl --size 96x64 -o masks.parquet",
            "inspect masks.parquet.unmasked.jsonl",
        ],
        "convert two": ["convert ../in/plain.jsonl ../in/texts --size 96x64 -o masks.geojson --max-reply-chars 500"],
        "convert parquet": [
            'convert ../in/masks.parquet -o big.json --filter "area >= 20000"',
            "convert ../in/masks.parquet -o masks.svg.d --to svg --classes ../in/classes.txt",
            "convert ../in/masks.parquet -o lm --to labelme --polygons",
        ],
    }


def _cases(inputs: Path) -> dict[str, list[str]]:
    """Cases of the shared folder that are converted, and files that attack readers."""
    if not (inputs / "cases").is_dir():
        return {}
    made: dict[str, list[str]] = {}
    for case in json.loads((inputs / "cases" / "cases.json").read_text()):
        if case["run"] == "convert":
            size = f" --size {case['size'][0]}x{case['size'][1]}" if case.get("size") else ""
            line = f"convert ../in/cases/{case['input']}{size} -o {case['id']}.arrow --json"
            made.setdefault(f"cases {sum(map(len, made.values())) // _CASES_AT_ONCE}", []).append(line)
    attacks = sorted(path for path in (inputs / "cases" / "attack").iterdir() if not path.name.startswith("segv"))
    made["attacks"] = [f"convert ../in/cases/attack/{path.name} -o {path.name}.json" for path in attacks]
    return made


def _wrong() -> dict[str, list[str]]:
    mixed, replies = "../in/demo/mixed.txt", "../in/demo/replies.jsonl"
    return {
        "wrong words": ["decod x", "decode", "convert --help me", "codebook", "codebook fitt", "--hlep", "inspect"],
        "wrong decode": [
            f"decode {mixed} -o out",
            f"decode {mixed} --size 960 -o out",
            f"decode {mixed} --size 0x5 -o out",
            f"decode {mixed} --size 960x640 --image ../in/demo/image.png -o out",
            f"decode {mixed} --size 960x640",
            f"decode {mixed} --size 960x640 -o out --treshold 5",
            f"decode {mixed} --size 960x640 -o out --threshold 300",
            f"decode {mixed} --size 960x640 -o out --threshold x",
            f"decode {mixed} --size 960x640 -o out --axis zx",
            f"decode {mixed} --image missing.png -o out",
            f"decode {mixed} --image {mixed} -o out",
            "decode missing.txt --size 5x5 -o out",
            "decode ../in/demo --size 5x5 -o out",
            f"decode {mixed} --size 5x5 -o {mixed}",
            f"decode {mixed} --size 5x5 -o out --codebook missing.npz",
            f"decode {mixed} --size 5x5 -o out --codebook {mixed}",
        ],
        "wrong inspect": [
            f"inspect {mixed} --size 5",
            "inspect missing.txt",
            f"inspect {mixed} --image x",
            "inspect ../in",
        ],
        "wrong convert": [
            "convert missing.jsonl -o out.parquet",
            f"convert {replies} -o out.bmp",
            f"convert {replies} -o out.parquet --to bmp",
            f"convert {replies} -o out.parquet --to coco",
            f"convert {replies} -o out.parquet --size 5",
            f"convert {replies} -o out.parquet --field answer",
            f"convert {replies} -o out.parquet --field colour=red",
            f'convert {replies} -o out.parquet --filter "area > x"',
            f"convert {replies} -o out.parquet --shard-rows 0",
            f"convert {replies} -o out.parquet --threads 0",
            f"convert {replies} -o out.parquet --engine ray",
            f"convert {replies} -o out.parquet --engine spark",
            f"convert {replies} -o out.parquet --classes missing.txt",
            f"convert {replies} -o out.parquet --from yolo",
            f"convert {replies} -o out.parquet --from bmp",
            f"convert {replies} -o out.parquet --images missing",
            f"convert {replies} -o out.parquet --requests missing.jsonl",
            f"convert {replies} -o {replies}",
            "convert ../in/bytes.bin -o out.parquet",
            "convert ../in/empty.txt -o out.parquet",
            "convert ../in/masks.parquet ../in/coco.json -o out.parquet",
        ],
    }


def _models() -> dict[str, list[str]]:
    table = "--models ../in/models.toml"
    return {
        "models": [
            "models",
            "models --json",
            f"models {table}",
            "models --models missing.toml",
            "models --models ../in/coco.json",
        ]
    }


def _codebook(url: str) -> dict[str, list[str]]:
    collect = 'codebook collect ../in/photos --labels "plate, apple, pear, fork" --model gemini-2.5-flash'
    return {
        "codebook fit": [
            "codebook fit ../in/pairs.jsonl -o book.npz --force",
            "codebook fit ../in/pairs.jsonl -o book2.npz --force --json",
            "codebook show book.npz",
            "codebook show book.npz --json",
            "decode ../in/demo/tokens.txt --size 96x64 -o out --codebook book.npz",
            "inspect ../in/demo/tokens.txt --codebook book.npz",
            "convert ../in/plain.jsonl -o masks.parquet --codebook book.npz --json",
        ],
        "codebook wrong": [
            "codebook show ../in/coco.json",
            "codebook fit ../in/coco.json -o b.npz",
            "codebook fit missing -o b.npz",
        ],
        "codebook collect": [
            f"{collect} --base-url {url} -o pairs.jsonl",
            f"{collect} --base-url {url} -o pairs.jsonl --json",
            f"{collect} --base-url {url} -o dry.jsonl --dry-run",
        ],
    }


def _segment(url: str) -> dict[str, list[str]]:
    ask = f"segment ../in/photos --base-url {url}"
    flash = f"{ask} --model gemini-2.5-flash {_LABELS}"
    return {
        "segment": [f"{flash} -o run", f"{flash} -o run --json", f"{flash} -o run --to yolo,coco --fallback box"],
        "segment rings": [f'{ask} --model gemini-3.6-flash --prompt "all cups" -o run --strict --ask-again same'],
        "segment default": [f"{ask} {_LABELS} -o run --max-cost 0.001", f"{ask} {_LABELS} -o dry --dry-run"],
        "segment batch": [f"{flash} -o run --batch"],
        "segment wrong": [
            f"{ask} -o run",
            f"{ask} {_LABELS} --prompt x -o run",
            f"{ask} {_LABELS} --model gemini-9 -o run",
            f"segment missing {_LABELS} -o run",
            f"{flash} -o run --to bmp",
            f"{flash} -o run --concurrency 0",
            f"segment ../in/photos {_LABELS} --base-url nowhere -o run",
            f"segment ../in/texts {_LABELS} --base-url {url} -o run",
        ],
        "emulator": [
            "emulator --list-faults",
            "emulator --draw 1 --seed 2 --images drawn",
            "emulator --draw 0",
            "emulator --fault nothing=1",
            "emulator --fault http_503=x",
            "emulator --port 99999",
            "emulator --form pictures",
        ],
    }
