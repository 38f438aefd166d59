"""Bad files by reader and attack: a table of what makes each of them at a path."""

from __future__ import annotations

import io
import json
import os
import pickle
import struct
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from PIL import Image

from tests.fuzz.readers import answers, checkpoints, configs, exercises, keys, picture, rubrics, sweeps
from tests.hostile.forge import (
    BOMB,
    MIB,
    Member,
    Trap,
    bzipped,
    deflated,
    gzipped,
    members_of,
    npy,
    sparse,
    stored,
    zipped,
)
from tests.hostile.mat_attacks import of_mats
from tests.mnist.idx_files import idx_bytes

Attack: TypeAlias = Callable[[Path], object]
"""Puts a bad file at the path."""

DEFLATE, BZIP2 = zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2
ESCAPES = "\x1b]0;owned\x07\x1b[2J[bold red]<script>alert(1)</script>\u202e\n"


def holding(data: bytes) -> Attack:
    return lambda path: path.write_bytes(data)


def replaced(good: bytes, name: str, *new: Member) -> Attack:
    """The members of a real file, those in the place of one of them."""

    def make(path: Path) -> None:
        members = members_of(good)
        place = next(n for n, member in enumerate(members) if member.name == f"{name}.npy")
        path.write_bytes(zipped([*members[:place], *new, *members[place + 1 :]]))

    return make


def texted(good: bytes, name: str, edit: Callable[[dict[str, Any]], object], *, as_bytes: bool) -> Attack:
    """The JSON text in a real file's array of this name changed: bytes in a checkpoint, text in an exercise."""

    def make(path: Path) -> None:
        with np.load(io.BytesIO(good)) as arrays:
            said = json.loads(arrays[name].tobytes() if as_bytes else str(arrays[name]))
        edit(said)
        text = json.dumps(said)
        array = np.frombuffer(text.encode(), np.uint8) if as_bytes else np.array(text)
        replaced(good, name, stored(f"{name}.npy", npy(array)))(path)

    return make


PLACES: dict[str, Attack] = {
    "missing": lambda path: None,
    "folder": lambda path: path.mkdir(),
    "link to itself": lambda path: path.symlink_to(path.name),
    "link to nothing": lambda path: path.symlink_to("nothing"),
    "link to a folder": lambda path: path.symlink_to(".", target_is_directory=True),
    "empty": holding(b""),
    "sparse terabyte": lambda path: sparse(path, 1 << 40),
    "20 MB of spaces": lambda path: path.write_bytes(b" " * (20 << 20)),
    "pickle": lambda path: path.write_bytes(pickle.dumps(Trap())),
    "noise": lambda path: path.write_bytes(np.random.default_rng(0).bytes(100_000)),
}
if hasattr(os, "mkfifo"):
    PLACES |= {
        "pipe": lambda path: os.mkfifo(path),
        "link to a device": lambda path: path.symlink_to("/dev/zero"),
        "link to a terminal": lambda path: path.symlink_to("/dev/tty"),
    }
if hasattr(os, "geteuid") and os.geteuid():
    PLACES["unreadable"] = lambda path: (path.write_bytes(b"{}"), path.chmod(0))


def archives(good: bytes, victim: str) -> dict[str, Attack]:
    """On any .npz reader: `victim` is a float array of the real file."""
    member = f"{victim}.npy"
    one = npy(np.zeros(3))
    head = npy(np.zeros(0), shape=f"({BOMB * MIB // 8},)")

    small = npy(np.zeros(0), shape="(100000,)") + bytes(800_000)  # more than zipfile unpacks for the header

    def put(*members: Member) -> Attack:
        return replaced(good, victim, *members)

    def array(**lie: Any) -> Attack:
        return put(stored(member, npy(np.zeros(3), **lie)))

    def bomb(head: bytes, declared: int) -> Attack:
        return lambda path: put(Member(member, deflated(head, BOMB), declared, DEFLATE, zlib.crc32(head)))(path)

    return {
        "cut in half": holding(good[: len(good) // 2]),
        "objects": put(stored(member, npy(np.array([Trap()], object)))),
        "type of objects": array(descr="|O"),
        "structured type": put(stored(member, npy(np.zeros(3, [("a", "<f4")])))),
        "complex": put(stored(member, npy(np.zeros(3, complex)))),
        "texts": put(stored(member, npy(np.array(["1"])))),
        "dates": put(stored(member, npy(np.zeros(3, "M8[s]")))),
        "a member that is no array": put(stored("run.sh", b"rm -r /")),
        "a member twice": put(stored(member, one), stored(member, one)),
        "a path": put(stored("../../../executed.npy", one)),
        "an absolute path": put(stored("/executed.npy", one)),
        "another name": put(stored("extra.npy", one)),
        "a name of escapes": put(stored(f"{ESCAPES}.npy", one)),
        "a name of 60,000 letters": put(stored(f"{'n' * 60_000}.npy", one)),
        "terabytes": array(shape="(1000000, 1000000)"),
        "a shape of 5,000 digits": array(shape=f"({'9' * 5000},)"),
        "a negative shape": array(shape="(-3, -1)"),
        "a shape of 1,000 sides": array(shape=f"({'1,' * 1000})"),
        "a shape that is code": array(shape="__import__('os').mkdir('executed')"),
        "a deep header": array(shape="(" * 900),
        "a deeper header": array(shape="-" * 9000 + "1"),
        "a header of 100 MB": lambda path: array(version=2, pad=100 << 20)(path),
        "a header of 400 MB, packed": bomb(b"\x93NUMPY\2\0" + struct.pack("<L", BOMB * MIB), 12 + BOMB * MIB),
        "a bomb": bomb(head, len(head) + BOMB * MIB),
        "a bomb that says it is small": bomb(small, len(small)),
        "a bzip2 bomb": lambda path: put(Member(member, bzipped(small, BOMB), len(small), BZIP2, zlib.crc32(small)))(
            path
        ),
        "an unknown method": put(Member(member, one, len(one), 99)),
        "encrypted": put(Member(member, one, len(one), flags=1)),
        "a wrong checksum": put(Member(member, one, len(one))),
        "10,000 members": lambda path: path.write_bytes(zipped(stored(f"{n}.npy", b"") for n in range(10_000))),
    }


def of_checkpoints() -> dict[str, Attack]:
    good = list(checkpoints())[1]
    victim = "dense1.weight"

    def meta(edit: Callable[[dict[str, Any]], object]) -> Attack:
        return texted(good, "meta", edit, as_bytes=True)

    def put(array: object) -> Attack:
        return replaced(good, victim, stored(f"{victim}.npy", npy(array)))

    def text(data: bytes) -> Attack:
        return replaced(good, "meta", stored("meta.npy", npy(np.frombuffer(data, np.uint8))))

    return archives(good, victim) | {
        "doubles": put(np.zeros((3, 4))),
        "big-endian": put(np.zeros((3, 4), ">f4")),
        "Fortran order": put(np.zeros((3, 4), "<f4", order="F")),
        "a vector of the same size": put(np.zeros(12, "<f4")),
        "NaN": put(np.full((3, 4), np.nan, "<f4")),
        "a huge network": meta(lambda said: said["config"]["layers"][3].update(units=10**9)),
        "many images": meta(lambda said: said["config"]["train"].update(batch_size=10**12)),
        "another network": meta(lambda said: said["config"]["layers"][0].update(filters=3)),
        "a name of escapes in the config": meta(lambda said: said["config"].update(name=ESCAPES)),
        "a key of escapes in the config": meta(lambda said: said["config"].update({ESCAPES: 1})),
        "a version of escapes": meta(lambda said: said.update(numpy=ESCAPES)),
        "a key of escapes": meta(lambda said: said.update({ESCAPES: 1})),
        "a newer format": meta(lambda said: said.update(format_version=10**5)),
        "an epoch of 5,000 digits": text(b'{"format_version": 1, "epoch": ' + b"9" * 5000 + b"}"),
        "100,000 epochs": meta(lambda said: said.update(epoch=100_000)),
        "deep meta": text(b'{"format_version": 1, "config": ' + b"[" * 100_000),
        "deep config": meta(lambda said: said.update(config={"a": nested(60)})),
        "meta of 2 MiB": text(b" " * (1 << 21)),
    }


def nested(depth: int) -> Any:
    return {"a": nested(depth - 1)} if depth else 0


def jsons(name: str) -> dict[str, Attack]:
    """On any reader of arrays in JSON; `name` is one that belongs there."""
    key = json.dumps(name).encode()
    return {
        "JSON of 120 MB": lambda path: path.write_bytes(b'{"a": "' + b"x" * (120 << 20) + b'"}'),
        "JSON of wide characters": lambda path: path.write_bytes(b'{"a": "' + b"x" * (15 << 20) + '😀"}'.encode()),
        "4 million lists of one": lambda path: path.write_bytes(b'{"a": [' + b"[0]," * 3_900_000 + b"0]}"),
        "two million numbers": lambda path: path.write_bytes(b'{"a": [' + b"0," * 2_000_000 + b"0]}"),
        "a million empty lists": lambda path: path.write_bytes(b'{"a": [' + b"[]," * 990_000 + b"[0]]}"),
        "a million lists of one": lambda path: path.write_bytes(b'{"a": [' + b"[0]," * 990_000 + b"0]}"),
        "a million objects": lambda path: path.write_bytes(b'{"a": [' + b"{}," * 1_000_000 + b"0]}"),
        "many names behind a long one": lambda path: path.write_text(
            json.dumps({"n" * 1_000_000: {str(number): 0 for number in range(4000)}})
        ),
        "JSON in brackets": holding(b"[" * 100_000),
        "JSON in braces": holding(b'{"a":' * 4_000),
        "JSON without names": holding(b"[1, 2]"),
        "JSON cut short": holding(b"{" + key + b": [1, 2"),
        "a name twice": holding(b"{" + key + b": [1], " + key + b": [2]}"),
        "ragged": holding(b"{" + key + b": [[1, 2], [3]]}"),
        "text for a number": holding(b"{" + key + b': ["1"]}'),
        "5,000 digits": holding(b"{" + key + b": [" + b"9" * 5000 + b", []]}"),
        "a key of escapes": holding(json.dumps({ESCAPES: [1, [2]]}).encode()),
        "a value of escapes": holding(json.dumps({name: [ESCAPES]}).encode()),
        "lone surrogates": holding(b'{"\\ud800": [1, "\\udfff"]}'),
    }


def of_exercises() -> dict[str, Attack]:
    good = next(iter(exercises()))
    long = npy(np.array("")[...], descr=f"<U{BOMB * MIB // 4}")[:-4]

    def config(edit: Callable[[dict[str, Any]], object]) -> Attack:
        return texted(good, "config", edit, as_bytes=False)

    def put(name: str, array: object) -> Attack:
        return replaced(good, name, stored(f"{name}.npy", npy(array)))

    return (
        archives(good, "dense1.weight")
        | jsons("config")
        | {
            "a huge network": config(lambda said: said["layers"][3].update(units=10**9)),
            "a network of large maps": config(
                lambda said: said.update(
                    input=[1, 600, 600], layers=[*said["layers"][:1], *[{"type": "max_pool2d", "pool_size": 1}] * 150]
                )
            ),
            "another network": config(lambda said: said["layers"][0].update(filters=3)),
            "a name of escapes in the config": config(lambda said: said.update(name=ESCAPES)),
            "a layer's name of HTML": config(
                lambda said: said["layers"][0].update(name="<img src=x onerror=alert(1)>")
            ),
            "a deep config": config(lambda said: said.update(a=nested(60))),
            "a config in brackets": put("config", np.array("[" * 100_000)),
            "a config of 5,000 digits": put("config", np.array("9" * 5000)),
            "a config that is no text": put("config", np.zeros(3)),
            "characters that do not exist": put("config", np.frombuffer(b"\xff\xff\xff\xff", "<U1").reshape(())),
            "a text of 400 MB": lambda path: replaced(
                good, "config", Member("config.npy", deflated(long, BOMB), len(long) + BOMB * MIB, DEFLATE)
            )(path),
            "labels beyond the classes": put("labels", np.full(5, 7)),
            "labels that are NaN": put("labels", np.full(5, np.nan)),
            "no labels": put("labels", np.zeros(0)),
            "infinite weights": put("dense1.weight", np.full((3, 4), np.inf)),
        }
    )


def of_answers() -> dict[str, Attack]:
    good = next(iter(answers()))

    def put(array: Any) -> Attack:
        return replaced(good, "conv1.delta", stored("conv1.delta.npy", npy(array)))

    return (
        archives(good, "conv1.delta")
        | jsons("conv1.delta")
        | {
            "100 million bytes": put(np.zeros(10**8, np.uint8)),
            "10 million bytes": put(np.zeros(10**7, np.uint8)),
        }
    )


def of_arrays() -> dict[str, Attack]:
    """In the place of one array in an .npy file."""
    one = npy(np.zeros(3))
    return {
        "cut short": holding(one[:-1]),
        "a byte more": holding(one + b"\0"),
        "objects": holding(npy(np.array([Trap()], object))),
        "type of objects": holding(npy(np.zeros(3), descr="|O")),
        "complex": holding(npy(np.zeros(3, complex))),
        "texts": holding(npy(np.array(["1"]))),
        "terabytes": holding(npy(np.zeros(3), shape="(1000000, 1000000)")),
        "a shape of 5,000 digits": holding(npy(np.zeros(3), shape=f"({'9' * 5000},)")),
        "a negative shape": holding(npy(np.zeros(3), shape="(-3, -1)")),
        "a shape of 1,000 sides": holding(npy(np.zeros(3), shape=f"({'1,' * 1000})")),
        "a shape that is code": holding(npy(np.zeros(3), shape="__import__('os').mkdir('executed')")),
        "a header of 100 MB": lambda path: path.write_bytes(npy(np.zeros(3), version=2, pad=100 << 20)),
        "100 million bytes": lambda path: path.write_bytes(npy(np.zeros(10**8, np.uint8))),
    }


def of_configs() -> dict[str, Attack]:
    good = next(configs()).decode()
    laughs = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
        f"{chr(98 + n)}: &{chr(98 + n)} [{','.join([f'*{chr(97 + n)}'] * 9)}]\n" for n in range(9)
    )
    return {
        name: holding(text if isinstance(text, bytes) else text.encode())
        for name, text in {
            "laughs": laughs,
            "aliases": good + "data: &d {validation: 5}\nname: *d\n",
            "merge keys": good + "data: {<<: {validation: 5}}\n",
            "an object": good.replace("name: tiny", "name: !!python/object/apply:os.mkdir [executed]"),
            "a module": "!!python/module:os {}",
            "brackets": "[" * 250_000,
            "braces": "{a: " * 60_000,
            "dashes": "- " * 120_000,
            "question marks": "? " * 120_000,
            "25,000 keys": "".join(f"k{n}: 1\n" for n in range(25_000)),
            "5,000 digits": good.replace("epochs: 2", f"epochs: {'9' * 5000}"),
            "a huge exponent": good.replace("epochs: 2", "epochs: 1e999999999"),
            "a sexagesimal bomb": good.replace("epochs: 2", f"epochs: {'9:' * 3000}9"),
            "a version of 5,000 digits": f"%YAML 1.{'9' * 5000}\n--- {{}}",
            "a key twice": good + "name: again\n",
            "two documents": good + "---\n" + good,
            "a huge layer": good.replace("units: 3", f"units: {10**18}"),
            "a huge image": good.replace("[1, 5, 4]", "[4096, 4096, 4096]"),
            "a huge batch": good.replace("batch_size: 4", "batch_size: 65536").replace("[1, 5, 4]", "[1, 4096, 4096]"),
            "a thousand layers": good.replace("  - {type: flatten}\n", "  - {type: flatten}\n" * 1000),
            "a name that is a path": good.replace("name: tiny", "name: ../../executed"),
            "a name of escapes": good.replace("name: tiny", f"name: {json.dumps(ESCAPES)}"),
            "a name of markup": good.replace("name: tiny", 'name: "[bold]<b>"'),
            "a key of escapes": good + f"{json.dumps(ESCAPES)}: 1\n",
            "a raw escape": good + "x: \x1b[31m\n",
            "a NUL": good + "x: \0\n",
            "lone surrogates": good + 'x: "\\ud800"\n',
            "not UTF-8": good.encode("utf-16"),
            "262,145 bytes": good + "#" * (1 << 18),
        }.items()
    }


def of_sweeps() -> dict[str, Attack]:
    good = next(sweeps()).decode()
    values = "values: [1, 2]"
    many = "".join(f"  a{n}: {{values: [{', '.join(map(str, range(1000)))}]}}\n" for n in range(8))
    return {
        name: holding(text.encode())
        for name, text in {
            "a grid without end": f"config: config.yaml\nparameters:\n{many}",
            "a range without end": good.replace(values, "min: 0, max: 1e300") + "method: random\n",
            "a range of huge whole numbers": good.replace(values, f"min: 0, max: {10**30}") + "method: random\n",
            "a device as config": good.replace("config.yaml", "/dev/zero"),
            "a folder as config": good.replace("config.yaml", "."),
            "a config of escapes": good.replace("config.yaml", json.dumps(ESCAPES)),
            "a name that is a path": good + "name: ../../executed\n",
            "a key of escapes": good.replace("train.epochs", json.dumps(ESCAPES)),
            "a value of escapes": good.replace("[3]", f"[{json.dumps(ESCAPES)}]"),
            "a million seeds": good.replace("seeds: 3", "seeds: 1000000"),
            "an override of escapes": good + f"set: [{json.dumps(ESCAPES)}]\n",
            "brackets": "[" * 250_000,
        }.items()
    }


def of_idx() -> dict[str, Attack]:
    """In the place of train-images of twelve images of 1×5×4."""
    good = idx_bytes(np.zeros((12, 5, 4), np.uint8))

    def header(*shape: int, order: str = ">") -> bytes:
        return bytes([0, 0, 8, len(shape)]) + struct.pack(f"{order}{len(shape)}L", *shape)

    def packed(start: bytes, zeros: int = 0, name: bytes = b"") -> Attack:
        return lambda path: path.write_bytes(gzipped(start, zeros, name=name))

    return {
        "cut short": holding(good[:-1]),
        "one byte more": holding(good + b"\0"),
        "a header cut short": holding(good[:9]),
        "terabytes": holding(header(2**32 - 1, 2**32 - 1, 2**32 - 1)),
        "terabytes, packed": packed(header(2**32 - 1, 2**32 - 1, 2**32 - 1)),
        "255 dimensions": holding(b"\0\0\x08\xff" + b"\1" * 1020),
        "doubles": holding(b"\0\0\x0e\3" + good[4:]),
        "little-endian": holding(header(12, 5, 4, order="<") + bytes(240)),
        "no images": holding(header(0, 5, 4)),
        "fewer images": packed(header(11, 5, 4) + bytes(220)),
        "images of another shape, 400 MB": packed(header(12, 1 << 15, 1066) + bytes(32768), BOMB - 1),
        "more images, 400 MB": packed(header(BOMB * MIB // 20, 5, 4), BOMB),
        "a bomb behind good images": packed(good, BOMB),
        "two gzip streams": lambda path: path.write_bytes(gzipped(good) * 2),
        "gzip and more": lambda path: path.write_bytes(gzipped(good) + b"more"),
        "a gzip stream cut short": lambda path: path.write_bytes(gzipped(good)[:-9]),
        "a wrong checksum": lambda path: path.write_bytes(gzipped(good)[:-8] + bytes(8)),
        "a gzip header of 100 MB": packed(good[:-1], name=b"n" * (100 << 20)),
        "a zip": holding(zipped([stored("train-images-idx3-ubyte", good)])),
    }


def of_pictures() -> dict[str, Attack]:
    good = picture(Image.effect_noise((60, 50), 40).convert("RGB"), "PNG")
    photo = picture(Image.effect_noise((60, 50), 40), "JPEG")

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">L", len(data)) + kind + data + struct.pack(">L", zlib.crc32(kind + data))

    def sized(width: int, height: int) -> bytes:
        """The picture, said to be of other sides."""
        return good[:8] + chunk(b"IHDR", struct.pack(">LL", width, height) + good[24:29]) + good[33:]

    def beside(kind: bytes, data: bytes) -> bytes:
        """The picture with a chunk more."""
        return good[:33] + chunk(kind, data) + good[33:]

    return {
        "cut short": holding(good[: len(good) // 2]),
        "a photograph cut short": holding(photo[: len(photo) // 2]),
        "terapixels": holding(sized(2**31 - 1, 2**31 - 1)),
        "a gigapixel": holding(sized(32_000, 32_000)),
        "25 megapixels": holding(sized(5000, 5000)),
        "25 real megapixels": holding(picture(Image.new("P", (5000, 5000)), "PNG")),
        "no pixels": holding(sized(0, 50)),
        "a text of 64 MB": holding(beside(b"zTXt", b"Comment\0\0" + zlib.compress(bytes(64 * MIB)))),
        "a wrong checksum": holding(good[:45] + bytes(4) + good[49:]),
        "a GIF": holding(picture(Image.new("L", (60, 50)), "GIF")),
        "a TIFF": holding(picture(Image.new("L", (60, 50)), "TIFF")),
        "PostScript": holding(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n(ls) system\n"),
        "SVG": holding(b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"),
        "a zip": holding(zipped([stored("bad.png", good)])),
    }


def of_rubrics() -> dict[str, Attack]:
    good = next(rubrics()).decode()
    return {
        "an object": holding(good.replace("20", "!!python/object/apply:os.mkdir [executed]").encode()),
        "aliases": holding(b"points: &p 3\ncarried_forward: *p\n"),
        "brackets": holding(b"[" * 250_000),
        "a list": holding(b"[1, 2]"),
        "25,000 weights": holding(("weights:\n" + "".join(f"  k{n}: 1\n" for n in range(25_000))).encode()),
        "a pattern without end": holding(f"weights: {{'{'*a' * 1000}': 1}}\n".encode()),
        "a weight of 5,000 digits": holding(good.replace("2.5", "9" * 5000).encode()),
        "a name of escapes": holding((good + f"{json.dumps(ESCAPES)}: 1\n").encode()),
        "a tensor of escapes": holding(f"weights: {{{json.dumps(ESCAPES)}: 1}}\n".encode()),
    }


def of_rosters() -> dict[str, Attack]:
    return {
        "20,000 students": holding(b"id\n" + b"".join(b"s%d\n" % n for n in range(20_000))),
        "a field of 3 MB": holding(b"id\n" + b"x" * 3_000_000),
        "a million columns": holding(b"," * 1_000_000),
        "headers of escapes": holding(f"{ESCAPES}x\n1\n".encode()),
        "an id of escapes twice": holding(f'id\n"{ESCAPES}"\n"{ESCAPES}"\n'.encode()),
        "an open quote": holding(b'id\n"s1\ns2\n' + b"s\n" * 100_000),
        "not UTF-8": holding("id\nÔta\n".encode("utf-16")),
        "only headers": holding(b"id,name\n"),
    }


def of_keys() -> dict[str, Attack]:
    good = json.loads(next(keys()))
    (student,) = good["students"]
    texts = {
        "a list": [],
        "no students": good | {"students": []},
        "students in number": good | {"students": 7},
        "a student twice": good | {"students": [student, student]},
        "a file elsewhere": good | {"students": [student | {"file": "../../../etc/passwd"}]},
        "an absolute file": good | {"students": [student | {"file": "/etc/passwd"}]},
        "a file of escapes": good | {"students": [student | {"file": ESCAPES}]},
        "aliases of numbers": good | {"students": [student | {"aliases": [1, 2]}]},
        "another schema": good | {"schema": "cnnbp.exercise-key/99"},
    }
    return {
        "brackets": holding(b"[" * 250_000),
        "a number of 5,000 digits": holding(b'{"schema": ' + b"9" * 5000 + b"}"),
        **{name: holding(json.dumps(text).encode()) for name, text in texts.items()},
    }


ATTACKS: dict[str, Callable[[], dict[str, Attack]]] = {
    "checkpoint": of_checkpoints,
    "exercise": of_exercises,
    "answers": of_answers,
    "array": of_arrays,
    "mat": of_mats,
    "config": of_configs,
    "rubric": of_rubrics,
    "roster": of_rosters,
    "key": of_keys,
    "sweep": of_sweeps,
    "idx": of_idx,
    "picture": of_pictures,
}
