# SPDX-License-Identifier: GPL-2.0-only
"""Field offsets and constants of a running kernel, read from its BTF.

Only what the collector asks for is decoded. The format is described in
Documentation/bpf/btf.rst of the kernel.
"""

import struct

INT, PTR, ARRAY, STRUCT, UNION, ENUM, FWD, TYPEDEF = range(1, 9)
VOLATILE, CONST, RESTRICT, FUNC, FUNC_PROTO, VAR, DATASEC, FLOAT = range(9, 17)
DECL_TAG, TYPE_TAG, ENUM64 = range(17, 20)

# Bytes after the 12-byte head: (fixed, per member).
TAIL = {
    INT: (4, 0), PTR: (0, 0), ARRAY: (12, 0), STRUCT: (0, 12), UNION: (0, 12), ENUM: (0, 8),
    FWD: (0, 0), TYPEDEF: (0, 0), VOLATILE: (0, 0), CONST: (0, 0), RESTRICT: (0, 0),
    FUNC: (0, 0), FUNC_PROTO: (0, 8), VAR: (4, 0), DATASEC: (0, 12), FLOAT: (0, 0),
    DECL_TAG: (4, 0), TYPE_TAG: (0, 0), ENUM64: (0, 12),
}


class MissingField(Exception):
    """A structure or field that this kernel does not have."""


class Btf:
    """The types of one kernel."""

    def __init__(self, data):
        magic, _version, _flags, header = struct.unpack_from("<HBBI", data)
        if magic != 0xEB9F:
            raise ValueError("not BTF: magic %#x, expected 0xeb9f" % magic)
        type_at, type_len, text_at, text_len = struct.unpack_from("<IIII", data, 8)
        self.data = data
        self.text = data[header + text_at : header + text_at + text_len]
        self.at = [0]  # offset of each type; number 0 is void
        self.named = {}
        self.enums = []
        at, end = header + type_at, header + type_at + type_len
        head = struct.Struct("<III")
        while at < end:
            name, info, _size = head.unpack_from(data, at)
            kind, members = info >> 24 & 31, info & 0xFFFF
            if kind in (STRUCT, ENUM) and name:
                self.named.setdefault((kind, self.string(name)), len(self.at))
            if kind == ENUM:
                self.enums.append(len(self.at))
            self.at.append(at)
            fixed, each = TAIL[kind]
            at += 12 + fixed + each * members

    def string(self, at):
        return self.text[at : self.text.index(b"\0", at)].decode()

    def _head(self, number):
        name, info, size = struct.unpack_from("<III", self.data, self.at[number])
        return name, info >> 24 & 31, info & 0xFFFF, info >> 31, size

    def _strip(self, number):
        """The structure behind typedefs and qualifiers."""
        while True:
            _, kind, _, _, inner = self._head(number)
            if kind not in (TYPEDEF, CONST, VOLATILE, RESTRICT, TYPE_TAG):
                return number
            number = inner

    def _find(self, number, field):
        """(bit offset, type) of a field, looked for in anonymous members too; None if it is not there."""
        _, kind, members, flagged, _ = self._head(number)
        if kind not in (STRUCT, UNION):
            return None
        for i in range(members):
            name, inner, offset = struct.unpack_from("<III", self.data, self.at[number] + 12 + 12 * i)
            bits = offset & 0xFFFFFF if flagged else offset
            if name:
                if self.string(name) == field:
                    return bits, inner
            else:
                found = self._find(self._strip(inner), field)
                if found:
                    return bits + found[0], found[1]
        return None

    def bits(self, structure, path):
        """Bit offset of `path` ("se.avg.load_avg") in a structure; throws MissingField."""
        number = self.named.get((STRUCT, structure))
        if number is None:
            raise MissingField("struct %s" % structure)
        total = 0
        for field in path.split("."):
            found = self._find(self._strip(number), field)
            if not found:
                raise MissingField("%s of struct %s" % (path, structure))
            total += found[0]
            number = found[1]
        return total

    def offset(self, structure, path):
        """Byte offset of a field that is no bit-field."""
        return self.bits(structure, path) // 8

    def has(self, structure, path):
        try:
            self.bits(structure, path)
            return True
        except MissingField:
            return False

    def enum(self, name):
        """Names and values of an enumeration; throws MissingField."""
        number = self.named.get((ENUM, name))
        if number is None:
            raise MissingField("enum %s" % name)
        return self._values(number)

    def _values(self, number):
        _, _, members, _, _ = self._head(number)
        at = self.at[number] + 12
        pairs = (struct.unpack_from("<Ii", self.data, at + 8 * i) for i in range(members))
        return {self.string(name): value for name, value in pairs}

    def constant(self, name):
        """Value of an enumerator of any enumeration, named or not; throws MissingField."""
        for number in self.enums:
            values = self._values(number)
            if name in values:
                return values[name]
        raise MissingField("enumerator %s" % name)


def running_kernel(path="/sys/kernel/btf/vmlinux"):
    with open(path, "rb") as file:
        return Btf(file.read())
