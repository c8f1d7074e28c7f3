"""Frames that libzstd once wrote at level 19: they have Huffman codes and FSE tables.

`forge.zstd` does not write those, and other versions of libzstd might write other bytes: so they
are kept here. ``PATCHES_W_H_K`` holds the indices, a byte each, of the picture that
``patches(W, H, K)`` in `tools.conformance.vectors.patterns` returns.
"""

from __future__ import annotations

PATCHES_24_24_12 = bytes.fromhex(
    "28b52ffd6040018d050022ca128a424134344130b66d73dbcc84b76fc1cc5a71841142889088a8b6a440fa2f4e"
    "6a83cce0b6e4267ecb89fc7dc487242f3a224c52222ce59200f97fb1c96d67e01ed4963fd5cf0c6db7241f41a8"
    "605655ad3406004fc1b6017088510d15248d01ee5e05d29feaa5f4472ffc5a6d903d580e902b977b4f765bbc6e"
    "9afe5d16412742c6818cc6fa3a66e108f718ef3aaa27a673cad3ec677eb989ea8b114ae989672779ae7b0b7cfe"
    "ec9c13f9cc0c4c"
)
PATCHES_40_30_5 = bytes.fromhex(
    "28b52ffd60b003c5080076941883431115001500170023e0ab7ac77e95c41f204912b40a4f46557f1531098988"
    "15fed8a0effda45625c92b915415097c15553c035544d4e407c14902b5fa2322c795d124a9b8243549f2354a26"
    "3a9162aada4f1aa29a57455255041424a9aa2493016aa80141835555d0a224c301d06e926d1b3110cb884ec2b0"
    "85ad1c1d2cca724da6cfbb4db68b6107fda798d24699e09e768f4cffcf3a167ca39fe2ae7b521a00412d24990d"
    "d40934a581e01de4935c5eddf9b778cf978b814490e1eae45123e6d2d96d0bcc0794c1980bc3147699bc0d9392"
    "858aa804cde2eb9949a4df0c1d9b629b8c5277aae7386094e930350ce66adb7cf611d6d43fcba3bc52dcec5892"
    "6f0d3fbb13a72018177a825801c9cc119e770a0c"
)
