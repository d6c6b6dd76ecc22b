"""The support routines `vbc.*` and their types (docs/support.md)."""

TYPES = ("i32", "i64", "f32", "f64", "funcref", "externref")

ROUTINES: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "vbc.write_bytes": (("addr", "addr"), ()),
    "vbc.alloc": (("addr",), ("addr",)),
    "vbc.free": (("addr",), ()),
}
for _type in TYPES:
    ROUTINES[f"vbc.print_{_type}"] = ((_type,), ())
    ROUTINES[f"vbc.write_{_type}"] = ((_type,), ())
