"""The smallest program of Windows that can be signed: headers and a section (Microsoft's PE format, PE32+)."""

import struct

HEADERS_BYTES = SECTION_BYTES = 0x200
PE_AT = 0x80
X64, EXECUTABLE, CONSOLE = 0x8664, 0x22, 3
DATA_DIRECTORIES = 16
CODE = 0x60000020


def smallest_program() -> bytes:
    dos = b"MZ".ljust(0x3C, b"\0") + struct.pack("<I", PE_AT)
    optional = struct.pack("<HBBIIIII", 0x20B, 0, 0, SECTION_BYTES, 0, 0, 0x1000, 0x1000)
    optional += struct.pack("<QIIHHHHHHI", 0x140000000, 0x1000, 0x200, 6, 0, 0, 0, 6, 0, 0)
    optional += struct.pack("<IIIHHQQQQII", 0x2000, HEADERS_BYTES, 0, CONSOLE, 0, *[0x1000] * 4, 0, DATA_DIRECTORIES)
    optional += bytes(8 * DATA_DIRECTORIES)
    coff = struct.pack("<HHIIIHH", X64, 1, 0, 0, 0, len(optional), EXECUTABLE)
    section = struct.pack("<8sIIIIIIHHI", b".text", 1, 0x1000, SECTION_BYTES, HEADERS_BYTES, 0, 0, 0, 0, CODE)
    headers = dos.ljust(PE_AT, b"\0") + b"PE\0\0" + coff + optional + section
    return headers.ljust(HEADERS_BYTES, b"\0") + b"This program does nothing.".ljust(SECTION_BYTES, b"\0")
