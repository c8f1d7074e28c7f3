meta:
  id: kmf
  title: KMF image, version 1
  file-extension: kmf
  xref:
    mime: image/x-kmf
  license: MIT
  ks-version: '0.11'
  endian: le
  bit-endian: le
doc: |
  An image of at most 256 colours: a palette, and an index into it for each pixel.

  The text beside this file, KMF.md, is the specification; each `doc-ref` names its section. A file
  that this grammar refuses is invalid. One that it accepts may still be invalid, for these rules
  are beyond it:

  * checksums (CRC-32), and a decoder's limit on pixels;
  * the contents of zstd frames, of which it sees the headers and the sizes of blocks;
  * decisions of the binary coder, indices, ranks and the numbers of sequences, and so the pixels, runs, bits left over in
    sequences, whether a stream is used up, and how many escapes there are.

  Nor does it tell errors apart in the order of section 5: it refuses what it meets first.
doc-ref: KMF.md, section 3

seq:
  - id: header
    type: header
    doc-ref: KMF.md, section 3
  - id: palette
    type: color
    repeat: expr
    repeat-expr: header.num_colors
    if: not header.flags.is_packed
    doc: Entries may repeat.
    doc-ref: KMF.md, section 3
  - id: packed_palette
    size: header.len_palette
    if: header.flags.is_packed
    doc: The palette as decisions of the binary coder, which are not read here.
    doc-ref: KMF.md, section 4.11
  - id: chunks
    type: chunks
    size: header.len_chunks
    if: header.flags.has_chunks
    doc-ref: KMF.md, section 3.3
  - id: directory
    type: entry(_index)
    repeat: expr
    repeat-expr: header.num_tiles
    doc: Method and length of each tile, in row order.
    doc-ref: KMF.md, section 3.4
  - id: checksums
    type: u4
    repeat: expr
    repeat-expr: header.num_tiles
    doc: CRC-32 of each tile's stored bytes; of a compact or dense tile, of the palette and then these.
    doc-ref: KMF.md, section 3.4
  - id: head_checksum
    type: u4
    doc: CRC-32 of all bytes before it.
    doc-ref: KMF.md, section 3
  - id: tiles
    type:
      switch-on: directory[_index].method
      cases:
        method::stored: stored_tile(_index)
        method::zstd: zstd_frame(directory[_index].len_packed, directory[_index].len_packed)
        method::compact: compact_tile(_index)
        method::dense: dense_tile
    size: directory[_index].len_stored
    repeat: expr
    repeat-expr: header.num_tiles
    doc: The stored bytes of each tile, without gaps.
    doc-ref: KMF.md, section 4
  - id: tail
    size: len_tail
    doc: What is in it, ancillary chunks say.
    doc-ref: KMF.md, section 3.6
  - id: end
    size: 0
    valid:
      expr: _io.eof
    doc: Nothing follows the tail.
    doc-ref: KMF.md, section 5, step 11

instances:
  num_streams:
    value: 'header.flags.has_chunks and chunks.items.size > 0 ? chunks.items.last.streams : 1'
    doc: How many streams the ranks of each compact tile are in, 1 to 8.
    doc-ref: KMF.md, section 4.8

  len_tail:
    value: '(header.flags.has_chunks and chunks.items.size > 0 ? chunks.items.last.tail : 0).as<u8>'
    doc: Bytes after the last tile.
    doc-ref: KMF.md, section 3.6

enums:
  method:
    0:
      id: stored
      doc-ref: KMF.md, section 4.2
    1:
      id: zstd
      doc-ref: KMF.md, section 4.3
    2:
      id: compact
      doc-ref: KMF.md, section 4.4
    3:
      id: dense
      doc-ref: KMF.md, section 4.10
  chunk_kind:
    0x4f524452:
      id: orders
      doc: '"ORDR", learned orders of the palette'
      doc-ref: KMF.md, section 4.8
    0x534d4150:
      id: stream_map
      doc: '"SMAP", the stream of each context'
      doc-ref: KMF.md, section 4.8
    0x5441494c:
      id: tail
      doc: '"TAIL", how many bytes follow the tile data'
      doc-ref: KMF.md, section 3.6
    0x6f767276:
      id: overviews
      doc: '"ovrv", smaller copies of the image in the tail'
      doc-ref: KMF.md, section 3.6
    0x6e616d65:
      id: names
      doc: '"name", the names of palette entries'
      doc-ref: KMF.md, section 3.5
    0x69636370:
      id: icc_profile
      doc: '"iccp", the colour space of the palette'
      doc-ref: KMF.md, section 3.5
    0x65786966:
      id: exif
      doc: '"exif", EXIF metadata as a TIFF structure'
      doc-ref: KMF.md, section 3.5
    0x786d7070:
      id: xmp
      doc: '"xmpp", an XMP packet, UTF-8'
      doc-ref: KMF.md, section 3.5
  block_kind:
    0: raw
    1: rle
    2: compressed
    3: reserved

types:
  header:
    doc: All that comes before the palette.
    doc-ref: KMF.md, section 3
    seq:
      - id: magic
        contents: [0x8b, KMF]
        doc-ref: KMF.md, section 5, step 1
      - id: minor
        type: b4
        doc: Minor version, 0 in this one; ignored.
        doc-ref: KMF.md, section 6
      - id: major
        type: b4
        valid: 1
        doc: Major version, the high four bits of a byte.
        doc-ref: KMF.md, section 5, step 2
      - id: flags
        type: flags
        doc-ref: KMF.md, section 3.1
      - id: num_colors_minus_1
        type: u1
        valid:
          max: (1 << flags.bits) - 1
        doc: Palette entries less one.
        doc-ref: KMF.md, section 3
      - id: stated_width
        type: varint
        doc: In pixels.
        doc-ref: KMF.md, section 3
      - id: stated_height
        type: varint
        doc: In pixels.
        doc-ref: KMF.md, section 3
      - id: stated_tile_width
        type: varint
        if: flags.is_tiled
        doc: In pixels.
        doc-ref: KMF.md, section 3.2
      - id: stated_tile_height
        type: varint
        if: flags.is_tiled
        doc: In pixels. A tile as large as the image is not stated.
        doc-ref: KMF.md, section 3.2
      - id: stated_len_chunks
        type: varint
        if: flags.has_chunks
        doc: Bytes of all chunks together.
        doc-ref: KMF.md, section 3
      - id: stated_len_palette
        type: varint
        if: flags.is_packed
        doc: Bytes of the packed palette.
        doc-ref: KMF.md, section 3
      - id: some_pixels
        size: 0
        valid:
          expr: width >= 1 and height >= 1
        doc: No bytes, but the rule that an image has pixels.
        doc-ref: KMF.md, section 3
      - id: tile_sides
        size: 0
        valid:
          expr: >-
            tile_width >= 1 and tile_width <= width and tile_height >= 1 and tile_height <= height
            and not (flags.is_tiled and tile_width == width and tile_height == height)
        doc: No bytes, but the rule that a tile is inside the image, and smaller if it is stated.
        doc-ref: KMF.md, section 3.2
      - id: tile_limit
        size: 0
        valid:
          expr: tile_width.as<u8> * tile_height <= 0x10000000
        doc: No bytes, but the rule that a tile has at most 2^28 pixels.
        doc-ref: KMF.md, section 3.2
      - id: palette_smaller
        size: 0
        if: flags.is_packed
        valid:
          expr: '(len_palette >= 1 and len_palette < num_colors * (flags.has_alpha ? 4 : 3))'
        doc: No bytes, but the rule that a packed palette is smaller, and not empty.
        doc-ref: KMF.md, section 3
    instances:
      num_colors:
        value: num_colors_minus_1 + 1
        doc: Palette entries, 1 to 256.
        doc-ref: KMF.md, section 3
      width:
        value: stated_width.value.as<u4>
        doc: In pixels.
        doc-ref: KMF.md, section 3
      height:
        value: stated_height.value.as<u4>
        doc: In pixels.
        doc-ref: KMF.md, section 3
      len_chunks:
        value: '(flags.has_chunks ? stated_len_chunks.value : 0).as<u4>'
        doc: Bytes of all chunks together.
        doc-ref: KMF.md, section 3
      len_palette:
        value: '(flags.is_packed ? stated_len_palette.value : 0).as<u4>'
        doc: Bytes of the packed palette.
        doc-ref: KMF.md, section 3
      tile_width:
        value: '(flags.is_tiled ? stated_tile_width.value : width).as<u4>'
        doc: In pixels, of all tiles but those in the last column.
        doc-ref: KMF.md, section 3.2
      tile_height:
        value: '(flags.is_tiled ? stated_tile_height.value : height).as<u4>'
        doc: In pixels, of all tiles but those in the last row.
        doc-ref: KMF.md, section 3.2
      columns:
        value: ((width.as<u8> + tile_width - 1) / tile_width).as<u8>
        doc: Tiles in a row, 1 to 2^32 - 1.
        doc-ref: KMF.md, section 3.2
      rows:
        value: ((height.as<u8> + tile_height - 1) / tile_height).as<u8>
        doc: Tiles in a column, 1 to 2^32 - 1.
        doc-ref: KMF.md, section 3.2
      num_tiles:
        value: (columns * rows).as<u8>
        doc: Of the image, less than 2^64.
        doc-ref: KMF.md, section 3.2

  flags:
    doc: One byte.
    doc-ref: KMF.md, section 3.1
    seq:
      - id: depth
        type: b2
        doc: Binary logarithm of the bits of an index.
        doc-ref: KMF.md, section 3.1
      - id: has_alpha
        type: b1
        doc: Palette entries are RGBA.
        doc-ref: KMF.md, section 3.1
      - id: is_tiled
        type: b1
        doc: Tile width and height follow the height.
        doc-ref: KMF.md, section 3.1
      - id: has_chunks
        type: b1
        doc: The chunks length and chunks are there.
        doc-ref: KMF.md, section 3.1
      - id: is_packed
        type: b1
        doc: The palette length is there, and the palette is packed.
        doc-ref: KMF.md, section 3.1
      - id: reserved
        type: b1
        valid: false
        doc-ref: KMF.md, section 3.1
      - id: unused
        type: b1
        doc: Ignored.
        doc-ref: KMF.md, section 3.1
    instances:
      bits:
        value: 1 << depth
        doc: Bits of an index, 1, 2, 4 or 8.
        doc-ref: KMF.md, section 3.1

  color:
    doc: A palette entry, sRGB, with straight alpha.
    doc-ref: KMF.md, section 3
    seq:
      - id: red
        type: u1
        doc-ref: KMF.md, section 3
      - id: green
        type: u1
        doc-ref: KMF.md, section 3
      - id: blue
        type: u1
        doc-ref: KMF.md, section 3
      - id: alpha
        type: u1
        if: _root.header.flags.has_alpha
        doc: 0 is transparent, 255 opaque.
        doc-ref: KMF.md, section 3

  chunks:
    doc: All chunks, one after another.
    doc-ref: KMF.md, section 3.3
    seq:
      - id: items
        type: >-
          chunk(_index == 0 ? 0 : items[_index - 1].orders,
          _index == 0 ? 1 : items[_index - 1].streams,
          _index == 0 ? 0 : items[_index - 1].tails,
          _index == 0 ? 0 : items[_index - 1].tail,
          _index == 0 ? 0 : items[_index - 1].ancillary)
        repeat: eos
        doc-ref: KMF.md, section 3.3

  chunk:
    doc: A type, a length, and that many bytes.
    doc-ref: KMF.md, section 3.3
    params:
      - id: orders_before
        type: u1
        doc: How many of the chunks before are "ORDR".
      - id: streams_before
        type: u1
        doc: How many streams there are by the chunks before, 1 if none of them is "SMAP".
      - id: tails_before
        type: u1
        doc: How many of the chunks before are "TAIL".
      - id: tail_before
        type: u8
        doc: How many bytes follow the tile data by the chunks before.
      - id: ancillary_before
        type: u2
        doc: How many of the chunks before are ancillary.
    seq:
      - id: first
        type: u1
        valid:
          expr: _ >= 0x41 and _ <= 0x5a or _ >= 0x61 and _ <= 0x7a
        doc: The first byte of the type, an ASCII letter; an upper-case one if it is critical.
        doc-ref: KMF.md, section 3.3
      - id: others
        type: u1
        repeat: expr
        repeat-expr: 3
        valid:
          expr: _ >= 0x41 and _ <= 0x5a or _ >= 0x61 and _ <= 0x7a or _ >= 0x30 and _ <= 0x39
        doc: The other bytes of the type, ASCII letters or digits.
        doc-ref: KMF.md, section 3.3
      - id: known
        size: 0
        valid:
          expr: >-
            is_ancillary or kind == chunk_kind::orders or kind == chunk_kind::stream_map
            or kind == chunk_kind::tail
        doc: No bytes, but the rule that a critical chunk must be known.
        doc-ref: KMF.md, section 3.3
      - id: alone
        size: 0
        valid:
          expr: >-
            not (kind == chunk_kind::orders and orders_before > 0)
            and not (kind == chunk_kind::stream_map and streams_before > 1)
            and not (kind == chunk_kind::tail and tails_before > 0)
        doc: No bytes, but the rule that there is at most one critical chunk of a type.
        doc-ref: KMF.md, section 3.3
      - id: few
        size: 0
        valid:
          expr: ancillary <= 256
        doc: No bytes, but the rule that there are at most 256 ancillary chunks.
        doc-ref: KMF.md, section 3.3
      - id: len_payload
        type: u4
        doc-ref: KMF.md, section 3.3
      - id: payload
        type:
          switch-on: kind
          cases:
            chunk_kind::orders: orders
            chunk_kind::stream_map: stream_map
            chunk_kind::tail: tail
        size: len_payload
        doc-ref: KMF.md, section 3.3
    instances:
      kind:
        value: ((first * 256 + others[0]) * 256 + others[1]) * 256 + others[2]
        enum: chunk_kind
        doc: The type as a number, big-endian.
        doc-ref: KMF.md, section 3.3
      is_ancillary:
        value: first >= 0x61
        doc: Decoders that do not know the type skip it.
        doc-ref: KMF.md, section 3.3
      orders:
        value: 'kind == chunk_kind::orders ? 1 : orders_before'
        doc: How many chunks up to this one are "ORDR".
        doc-ref: KMF.md, section 3.3
      streams:
        value: 'kind == chunk_kind::stream_map ? payload.as<stream_map>.num_streams : streams_before'
        doc: How many streams there are by the chunks up to this one.
        doc-ref: KMF.md, section 4.8
      ancillary:
        value: '(is_ancillary ? ancillary_before + 1 : ancillary_before).as<u2>'
        doc: How many chunks up to this one are ancillary.
        doc-ref: KMF.md, section 3.3
      tails:
        value: 'kind == chunk_kind::tail ? 1 : tails_before'
        doc: How many chunks up to this one are "TAIL".
        doc-ref: KMF.md, section 3.6
      tail:
        value: '(kind == chunk_kind::tail ? payload.as<tail>.length : tail_before).as<u8>'
        doc: How many bytes follow the tile data by the chunks up to this one.
        doc-ref: KMF.md, section 3.6

  tail:
    doc: Payload of "TAIL", how many bytes follow the tile data.
    doc-ref: KMF.md, section 3.6
    seq:
      - id: length
        type: u8
        valid:
          max: 0x1fffffffffffff
        doc-ref: KMF.md, section 3.6
      - id: end
        size: 0
        valid:
          expr: _io.eof
        doc-ref: KMF.md, section 5, step 9

  orders:
    doc: Payload of "ORDR", the learned orders.
    doc-ref: KMF.md, section 4.8
    seq:
      - id: few_colors
        size: 0
        valid:
          expr: _root.header.num_colors <= 16
        doc: No bytes, but the rule that orders are learned for at most 16 colours.
        doc-ref: KMF.md, section 4.8
      - id: numbers
        type: sequence(count, count)
        doc: For each N and W, a permutation told by removals.
        doc-ref: KMF.md, section 4.8
      - id: end
        size: 0
        valid:
          expr: _io.eof
        doc-ref: KMF.md, section 5, step 9
    instances:
      count:
        value: _root.header.num_colors * _root.header.num_colors * _root.header.num_colors
        doc: K^3.
        doc-ref: KMF.md, section 4.8

  stream_map:
    doc: Payload of "SMAP", the stream of each context.
    doc-ref: KMF.md, section 4.8
    seq:
      - id: num_streams
        type: u1
        valid:
          min: 2
          max: 8
        doc-ref: KMF.md, section 4.8
      - id: numbers
        type: sequence(num_contexts, num_contexts)
        doc: The stream of each context.
        doc-ref: KMF.md, section 4.8
      - id: end
        size: 0
        valid:
          expr: _io.eof
        doc-ref: KMF.md, section 5, step 9
    instances:
      num_contexts:
        value: >-
          _root.header.num_colors <= 16
          ? 4 * _root.header.num_colors * _root.header.num_colors : 2592
        doc: How many contexts there are for so many colours.
        doc-ref: KMF.md, section 4.7

  entry:
    doc: How a tile is stored, and in how many bytes.
    doc-ref: KMF.md, section 3.4
    params:
      - id: index
        type: u8
        doc: Number of the tile, from 0.
    seq:
      - id: number
        type: varint
        doc: 8 x length + method.
        doc-ref: KMF.md, section 3.4
      - id: known
        size: 0
        valid:
          expr: >-
            method == method::stored or method == method::zstd
            or method == method::compact and may_be_compact
            or method == method::dense and width * height <= 0x1000000
        doc: No bytes, but the rule that the method must be known, and allowed for the tile.
        doc-ref: KMF.md, section 3.4
      - id: fitting
        size: 0
        valid:
          expr: >-
            method == method::stored ? len_stored == len_packed
            : len_stored >= 1 and len_stored < len_packed
        doc: No bytes, but the rule that the length is that of packed indices, or else less.
        doc-ref: KMF.md, section 3.4
    instances:
      method:
        value: number.value % 8
        enum: method
        doc-ref: KMF.md, section 3.4
      len_stored:
        value: (number.value / 8).as<u4>
        doc: Length of the tile's stored bytes.
        doc-ref: KMF.md, section 3.4
      left:
        value: (index % _root.header.columns * _root.header.tile_width).as<u8>
        doc: x of the first column of pixels.
        doc-ref: KMF.md, section 3.2
      top:
        value: (index / _root.header.columns * _root.header.tile_height).as<u8>
        doc: y of the first row of pixels.
        doc-ref: KMF.md, section 3.2
      width:
        value: >-
          (left + _root.header.tile_width <= _root.header.width
          ? _root.header.tile_width : _root.header.width - left).as<u8>
        doc: In pixels; cut off at the edge of the image.
        doc-ref: KMF.md, section 3.2
      height:
        value: >-
          (top + _root.header.tile_height <= _root.header.height
          ? _root.header.tile_height : _root.header.height - top).as<u8>
        doc: In pixels; cut off at the edge of the image.
        doc-ref: KMF.md, section 3.2
      may_be_compact:
        value: >-
          width >= 8 and height >= 8 and width * height <= 0x1000000
          and (width <= 4096 or width <= 64 * height) and (height <= 4096 or height <= 64 * width)
        doc: Whether its sides allow the method compact.
        doc-ref: KMF.md, section 3.4
      len_row:
        value: ((width * _root.header.flags.bits + 7) / 8).as<u8>
        doc: Bytes of a packed row.
        doc-ref: KMF.md, section 3.4
      len_packed:
        value: (len_row * height).as<u8>
        doc: The packed size, at most 2^28 bytes.
        doc-ref: KMF.md, section 3.4

  stored_tile:
    doc: Packed indices, the left pixel in the high bits of its byte.
    doc-ref: KMF.md, section 4.2
    params:
      - id: index
        type: u8
        doc: Number of the tile, from 0.
    seq:
      - id: rows
        size: _root.directory[index].len_row
        repeat: expr
        repeat-expr: _root.directory[index].height
        valid:
          expr: _[_.length - 1] % (1 << num_spare_bits) == 0
        doc: Bits left over in the last byte of a row are zero.
        doc-ref: KMF.md, section 4.1
    instances:
      num_spare_bits:
        value: >-
          _root.directory[index].len_row * 8
          - _root.directory[index].width * _root.header.flags.bits
        doc: Bits left over in each row, 0 to 7.
        doc-ref: KMF.md, section 4.1

  compact_tile:
    doc: Ranks in streams, and what is to be added to those that are escapes.
    doc-ref: KMF.md, section 4.4
    params:
      - id: index
        type: u8
        doc: Number of the tile, from 0.
    seq:
      - id: streams
        type: >-
          stream(_index == _root.num_streams - 1,
          _index == 0 ? num_pixels : streams[_index - 1].num_left,
          _index == 0 ? false : streams[_index - 1].may_escape)
        repeat: expr
        repeat-expr: _root.num_streams
        doc-ref: KMF.md, section 4.4
      - id: escapes
        type: sequence(1, num_pixels)
        if: not _io.eof and streams.last.may_escape
        doc: One number for each escape, which are not counted here.
        doc-ref: KMF.md, section 4.4
      - id: end
        size: 0
        valid:
          expr: _io.eof
        doc-ref: KMF.md, section 5, step 16
    instances:
      num_pixels:
        value: (_root.directory[index].width * _root.directory[index].height).as<u8>
        doc: At most 2^24.
        doc-ref: KMF.md, section 4.4

  dense_tile:
    doc: Decisions of the binary coder, one pixel after the other.
    doc-ref: KMF.md, section 4.10
    seq:
      - id: decisions
        size-eos: true
        doc: As bytes; what they are is not read here.
        doc-ref: KMF.md, section 4.9

  stream:
    doc: The ranks of some contexts, in the order of the anti-diagonals.
    doc-ref: KMF.md, section 4.4
    params:
      - id: is_last
        type: b1
        doc: Whether it is the last stream of its tile, whose length is not stated.
      - id: num_left_before
        type: u8
        doc: Pixels of the tile that have no rank in the streams before.
      - id: may_escape_before
        type: b1
        doc: Whether the streams before may have escapes.
    seq:
      - id: len_stated
        type: varint
        if: not is_last
        doc: How many ranks there are.
        doc-ref: KMF.md, section 4.4
      - id: enough_pixels
        size: 0
        if: not is_last
        valid:
          expr: len_stated.value <= num_left_before
        doc: No bytes, but the rule that there are no more ranks than pixels.
        doc-ref: KMF.md, section 5, step 16
      - id: ranks
        type: sequence(num_ranks, num_ranks)
        if: num_ranks > 0
        doc-ref: KMF.md, section 4.4
    instances:
      num_ranks:
        value: '(is_last ? num_left_before : len_stated.value).as<u8>'
        doc-ref: KMF.md, section 4.4
      num_left:
        value: (num_left_before - num_ranks).as<u8>
        doc: Pixels of the tile that have no rank in the streams up to this one.
        doc-ref: KMF.md, section 4.4
      may_escape:
        value: may_escape_before or num_ranks > 0 and ranks.top + 1 < _root.header.num_colors
        doc: Whether the streams up to this one may have escapes.
        doc-ref: KMF.md, section 4.6

  sequence:
    doc: Small numbers, laid out as bytes and perhaps compressed.
    doc-ref: KMF.md, section 4.5
    params:
      - id: count_min
        type: u8
        doc: How many numbers there are at least, 1 or more.
      - id: count_max
        type: u8
        doc: How many numbers there are at most; the same, but for escapes.
    seq:
      - id: head
        type: varint
        doc: 16 x length + 8 x compressed + layout.
        doc-ref: KMF.md, section 4.5
      - id: frame
        size: len_body
        type: zstd_frame(len_min, len_max)
        if: is_compressed
        doc: The bytes of the layout, compressed.
        doc-ref: KMF.md, section 4.5
      - id: numbers
        size: len_body
        if: not is_compressed
        valid:
          expr: len_body >= len_min and len_body <= len_max
        doc: The bytes of the layout.
        doc-ref: KMF.md, section 4.5
    instances:
      layout:
        value: head.value % 8
        doc: 0 to 3 are packed, 4 to 7 are runs.
        doc-ref: KMF.md, section 4.5
      is_compressed:
        value: head.value / 8 % 2 == 1
        doc-ref: KMF.md, section 4.5
      len_body:
        value: (head.value / 16).as<u8>
        doc: Bytes that follow the varint.
        doc-ref: KMF.md, section 4.5
      bits:
        value: 'layout < 4 ? 1 << layout : layout - 3'
        doc: Bits of a number, 1 to 8.
        doc-ref: KMF.md, section 4.5
      top:
        value: (1 << bits) - 1
        doc: The largest number in this layout; as a rank, an escape.
        doc-ref: KMF.md, section 4.5
      len_min:
        value: >-
          (layout < 4 ? (count_min * bits + 7) / 8
          : (count_min + (1 << (8 - bits)) - 1) / (1 << (8 - bits))).as<u8>
        doc: Fewest bytes of the layout.
        doc-ref: KMF.md, section 4.5
      len_max:
        value: '(layout < 4 ? (count_max * bits + 7) / 8 : count_max).as<u8>'
        doc: Most bytes of the layout.
        doc-ref: KMF.md, section 4.5

  varint:
    doc: A number below 2^32, seven bits a byte, low bits first.
    doc-ref: KMF.md, section 2
    seq:
      - id: groups
        type: varint_group(_index)
        repeat: until
        repeat-until: not _.has_next
        doc-ref: KMF.md, section 2
    instances:
      value:
        value: >-
          (groups[0].value
          + (groups.size > 1 ? groups[1].value.as<u8> * 0x80 : 0)
          + (groups.size > 2 ? groups[2].value.as<u8> * 0x4000 : 0)
          + (groups.size > 3 ? groups[3].value.as<u8> * 0x200000 : 0)
          + (groups.size > 4 ? groups[4].value.as<u8> * 0x10000000 : 0)).as<u8>
        doc-ref: KMF.md, section 2

  varint_group:
    doc: One byte of a varint.
    doc-ref: KMF.md, section 2
    params:
      - id: index
        type: s4
        doc: Its place in the varint, from 0.
    seq:
      - id: byte
        type: u1
        valid:
          expr: (index == 0 or _ != 0) and (index < 4 or _ < 0x10)
        doc: Five at most, and no zero that says nothing.
        doc-ref: KMF.md, section 2
    instances:
      has_next:
        value: byte >= 0x80
        doc: Whether another byte follows.
        doc-ref: KMF.md, section 2
      value:
        value: byte % 0x80
        doc: Seven bits of the number.
        doc-ref: KMF.md, section 2

  zstd_frame:
    doc: A Zstandard frame (RFC 8878, section 3.1.1) of the kind that KMF allows.
    doc-ref: KMF.md, section 4.3
    params:
      - id: content_min
        type: u8
        doc: Fewest bytes that it may yield.
      - id: content_max
        type: u8
        doc: Most bytes that it may yield.
    seq:
      - id: magic
        contents: [0x28, 0xb5, 0x2f, 0xfd]
        doc-ref: KMF.md, section 5, step 13
      - id: descriptor
        type: zstd_descriptor
        doc-ref: KMF.md, section 5, step 13
      - id: window_descriptor
        type: u1
        if: not descriptor.is_single_segment
        valid:
          max: 13 << 3
        doc: Exponent above 10 in the high five bits, eighths in the low three; at most 2^23.
        doc-ref: KMF.md, section 4.3
      - id: dictionary_id
        type:
          switch-on: descriptor.dictionary_id_flag
          cases:
            1: u1
            2: u2
            3: u4
        if: descriptor.dictionary_id_flag != 0
        valid:
          expr: _ == 0
        doc-ref: KMF.md, section 4.3
      - id: content_size_field
        type:
          switch-on: descriptor.content_size_flag
          cases:
            0: u1
            1: u2
            2: u4
            3: u8
        valid:
          expr: content_size >= content_min and content_size <= content_max
        doc: With two bytes, the content size less 256.
        doc-ref: KMF.md, section 4.3
      - id: window_limit
        size: 0
        valid:
          expr: window_size <= 0x800000
        doc: No bytes, but the rule that a window, also of a single segment, is at most 8 MiB.
        doc-ref: KMF.md, section 4.3
      - id: blocks
        type: zstd_block(block_max)
        repeat: until
        repeat-until: _.is_last
        doc-ref: KMF.md, section 5, step 13
      - id: end
        size: 0
        valid:
          expr: _io.eof
        doc-ref: KMF.md, section 5, step 13
    instances:
      content_size:
        value: '(content_size_field + (descriptor.content_size_flag == 1 ? 256 : 0)).as<u8>'
        doc: Bytes that the frame yields.
        doc-ref: KMF.md, section 4.3
      window_size:
        value: >-
          (descriptor.is_single_segment ? content_size
          : (8 + window_descriptor % 8) << (7 + window_descriptor / 8)).as<u8>
        doc: In bytes.
        doc-ref: KMF.md, section 4.3
      block_max:
        value: '(window_size < 0x20000 ? window_size : 0x20000).as<u4>'
        doc: The largest size that a block may state.
        doc-ref: KMF.md, section 4.3

  zstd_descriptor:
    doc: Which fields the header of a frame has (RFC 8878, section 3.1.1.1.1).
    doc-ref: KMF.md, section 5, step 13
    seq:
      - id: dictionary_id_flag
        type: b2
        doc-ref: KMF.md, section 5, step 13
      - id: has_checksum
        type: b1
        valid: false
        doc-ref: KMF.md, section 4.3
      - id: reserved
        type: b1
        valid: false
        doc-ref: KMF.md, section 5, step 13
      - id: unused
        type: b1
        doc: Ignored.
        doc-ref: KMF.md, section 5, step 13
      - id: is_single_segment
        type: b1
        doc: The window is the content, and is not stated.
        doc-ref: KMF.md, section 4.3
      - id: content_size_flag
        type: b2
        valid:
          expr: _ != 0 or is_single_segment
        doc: The content size is present.
        doc-ref: KMF.md, section 4.3

  zstd_block:
    doc: A block of a frame (RFC 8878, section 3.1.1.2).
    doc-ref: KMF.md, section 5, step 13
    params:
      - id: size_max
        type: u4
        doc: The largest size that it may state.
    seq:
      - id: is_last
        type: b1
        doc-ref: KMF.md, section 5, step 13
      - id: kind
        type: b2
        enum: block_kind
        valid:
          expr: _ != block_kind::reserved
        doc-ref: KMF.md, section 5, step 13
      - id: len_stated
        type: b21
        valid:
          max: size_max
        doc: Bytes of the block, or of a run, the bytes that it yields.
        doc-ref: KMF.md, section 4.3
      - id: content
        size: 'kind == block_kind::rle ? 1 : len_stated'
        doc-ref: KMF.md, section 5, step 13
