/* kmf_zstd.h - the part of Zstandard (RFC 8878) that a KMF file takes, for kmf.h where there is no libzstd.

   kmf.h includes it where KMF_SMALL_ZSTD is said. It has checked the frame header and the block headers already (step 13
   of KMF.md); here are the blocks:

       block:      literals | sequences                                          section 3.1.1.3
       literals:   raw, one byte repeated, or Huffman codes in 1 or 4 streams, with a tree or that of the block before
       sequences:  count | modes | tables | bits: for each a literals length, a match length and an offset

   Output is pulled: kmf__zstd_more decodes until a place in the caller's buffer is reached, and can be called again
   to go on from there, so that a frame can be had in pieces. Literals are decoded as a sequence asks for them: there is
   no buffer of them. What is forbidden is refused, also where libzstd lets it pass: Huffman streams that do not end
   exactly, and blocks that yield more than the window.

   A match copies from what is still in the buffer, from kmf__zstd.first on. */

#ifndef KMF_ZSTD_LOG
#define KMF_ZSTD_LOG 9 /* the most accuracy log of tables for sequences: 9, or less for less memory */
#endif

typedef struct { /* bits that are read backwards, from an end marker down to the start */
    const uint8_t *at, *start; /* bytes from start to at are still to come */
    uint32_t ahead;            /* the next bits, from the high bit on */
    int left;                  /* bits to come in all; negative once too many were taken */
} kmf__bits;

typedef struct {
    kmf__bits huffman, bits;          /* of the stream of literals, and of sequences */
    uint8_t *first, *out;             /* what is remembered of the content, and where its next byte goes */
    uint32_t literals, match, offset; /* what is left to do of a sequence, in bytes */
    uint32_t count;                   /* sequences to come */
    uint32_t repeated[3];             /* offsets */
    uint32_t left, block_left, block_most; /* bytes of content that blocks may still yield; this one; any one */
    uint32_t literals_left, in_stream; /* literals to come in the block; and of these in the stream */
    uint32_t stream_bytes, segment;   /* bytes of streams to be opened; literals in each stream but the last */
    const uint8_t *literal;           /* raw or repeated literals, or the next stream */
    uint8_t kind, streams, last;      /* of literals: 0 raw, 1 repeated, 2 and 3 Huffman; streams to come; of the frame */
    uint8_t slid;                     /* whether there was more before first */
    uint8_t known, tree_log, logs[3]; /* known: bit i, there is table i; bit 3, there is a tree */
    uint16_t sizes[3], states[3];     /* bytes of the first streams; places in the tables */
    size_t next;                      /* where in the file the next block is */
    const kmf_image *image;
    uint8_t *room;                    /* for a block that has to be read */
    uint8_t places[13];               /* of each weight of the tree: the place of its first byte in symbols, */
    uint16_t codes[13];               /* and its code, in bits aligned as the longest */
    uint8_t weights[128], symbols[256]; /* weights of two bytes in each; bytes by weight */
    uint16_t tables[3][1 << KMF_ZSTD_LOG]; /* of literals lengths, match lengths, offsets: see kmf__build */
} kmf__zstd;

static unsigned kmf__log2(uint32_t v) /* rounded down; v is above 0 */
{
#ifdef __GNUC__
    return 31 - (unsigned)__builtin_clz(v);
#else
    unsigned n = 0;
    while (v >>= 1) n++;
    return n;
#endif
}

static kmf_error kmf__open_bits(kmf__bits *bits, const uint8_t *from, uint32_t size)
{
    if (size == 0 || from[size - 1] == 0) return KMF_ZSTD_DATA;
    unsigned top = kmf__log2(from[size - 1]);
    bits->start = from;
    bits->at = from + size - 1;
    bits->left = (int)(8 * (size - 1) + top);
    bits->ahead = (uint32_t)*bits->at << (31 - top) << 1;
    return KMF_OK;
}

/* Have at least 25 bits ahead, zeros beyond the start; n of those now ahead are of the stream. */
static void kmf__fill(kmf__bits *bits, int n)
{
    for (; n <= 24 && bits->at > bits->start; n += 8) bits->ahead |= (uint32_t)*--bits->at << (24 - n);
}

static uint32_t kmf__take(kmf__bits *bits, unsigned n) /* n at most 25 */
{
    int ahead = bits->left - 8 * (int)(bits->at - bits->start);
    if (n == 0) return 0;
    if (ahead < (int)n) kmf__fill(bits, ahead);
    uint32_t value = bits->ahead >> (32 - n);
    bits->ahead <<= n;
    bits->left -= (int)n;
    return value;
}

/* ---- FSE (section 4.1) ---- */

#define KMF__LESS 0xFFFF /* a probability of less than 1 */

/* Read the probabilities of so many symbols; say what log the table has, and where they end. */
static kmf_error kmf__probabilities(const uint8_t **from, const uint8_t *end, uint16_t *p, unsigned symbols,
                                    unsigned most_log, uint8_t *log)
{
    const uint8_t *in = *from;
    uint32_t size = (uint32_t)(end - in), at = 4, s = 0;
    if (size == 0) return KMF_ZSTD_DATA;
    unsigned l = (in[0] & 15u) + 5;
    if (l > most_log) return KMF_ZSTD_DATA;
    if (l > KMF_ZSTD_LOG) return KMF_TOO_LARGE;
    *log = (uint8_t)l;
    uint32_t remaining = 1u << l;
    memset(p, 0, symbols * sizeof *p);
    while (remaining > 0) {
        uint32_t v = 0;
        for (uint32_t i = 0, byte = at >> 3; i < 3; i++)
            if (byte + i < size) v |= (uint32_t)in[byte + i] << (8 * i);
        v >>= at & 7;
        unsigned bits = kmf__log2(remaining + 1) + 1;
        uint32_t low = (1u << (bits - 1)) - 1, few = 2 * low - remaining;
        at += bits;
        if ((v & low) < few) { /* small values take a bit less */
            v &= low;
            at--;
        } else {
            v &= 2 * low + 1;
            if (v > low) v -= few;
        }
        if (s >= symbols) return KMF_ZSTD_DATA;
        p[s++] = (uint16_t)(v - 1); /* 0 is KMF__LESS */
        remaining -= v == 0 ? 1 : v - 1;
        for (uint32_t more = v == 1 ? 3 : 0; more == 3;) { /* more of probability 0 */
            uint32_t byte = at >> 3;
            v = byte < size ? in[byte] : 0;
            if (byte + 1 < size) v |= (uint32_t)in[byte + 1] << 8;
            more = v >> (at & 7) & 3;
            at += 2;
            s += more;
            if (s > symbols) return KMF_ZSTD_DATA;
        }
    }
    *from = in + ((at + 7) >> 3);
    return (at + 7) >> 3 > size ? KMF_ZSTD_DATA : KMF_OK;
}

/* The table: an entry is symbol << 10 | x, from which x << (log - log2(x)) less the size, plus bits, is the next place.
   The probabilities are used up. */
static void kmf__build(uint16_t *table, uint16_t *p, unsigned symbols, unsigned log)
{
    uint32_t size = 1u << log, high = size, place = 0, step = (size >> 1) + (size >> 3) + 3;
    for (unsigned s = 0; s < symbols; s++)
        if (p[s] == KMF__LESS) table[--high] = (uint16_t)s;
    for (unsigned s = 0; s < symbols; s++) {
        if (p[s] == KMF__LESS) p[s] = 1;
        else
            for (unsigned i = 0; i < p[s]; i++) {
                table[place] = (uint16_t)s;
                do place = (place + step) & (size - 1);
                while (place >= high);
            }
    }
    for (uint32_t i = 0; i < size; i++) table[i] = (uint16_t)((unsigned)table[i] << 10 | p[table[i]]++);
}

static uint16_t kmf__next_state(unsigned entry, unsigned log, kmf__bits *bits)
{
    uint32_t x = entry & 1023;
    unsigned n = log - kmf__log2(x);
    return (uint16_t)((x << n) - (1u << log) + kmf__take(bits, n));
}

/* ---- Huffman (section 4.2) ---- */

static unsigned kmf__weight(const kmf__zstd *z, unsigned i) { return z->weights[i >> 1] >> (i & 1 ? 0 : 4) & 15; }

/* The weights of all bytes but the last, two in a byte; say how many, and where they end. */
static kmf_error kmf__weights(kmf__zstd *z, const uint8_t **from, const uint8_t *end, unsigned *count)
{
    const uint8_t *in = *from;
    if (in == end) return KMF_ZSTD_DATA;
    unsigned head = *in++, n = 0;
    memset(z->weights, 0, sizeof z->weights);
    if (head >= 128) {
        *count = head - 127;
        *from = in + (*count + 1) / 2;
        if ((*count + 1) / 2 > (size_t)(end - in)) return KMF_ZSTD_DATA;
        memcpy(z->weights, in, (*count + 1) / 2);
        return KMF_OK;
    }
    uint16_t p[13], table[64];
    uint8_t log;
    kmf__bits bits;
    if (head > (size_t)(end - in)) return KMF_ZSTD_DATA;
    *from = end = in + head;
    KMF__TRY(kmf__probabilities(&in, end, p, 13, 6, &log));
    kmf__build(table, p, 13, log);
    KMF__TRY(kmf__open_bits(&bits, in, (uint32_t)(end - in)));
    uint16_t states[2];
    states[0] = (uint16_t)kmf__take(&bits, log);
    states[1] = (uint16_t)kmf__take(&bits, log);
    for (int over = 0; !over || over == 1;) { /* two states take turns, until there are no bits for one: the other is last */
        unsigned entry = table[states[n & 1]];
        if (n == 255) return KMF_ZSTD_DATA;
        z->weights[n >> 1] |= (uint8_t)(entry >> 10 << (n & 1 ? 0 : 4));
        if (!over) states[n & 1] = kmf__next_state(entry, log, &bits);
        n++;
        if (bits.left < 0) over++;
    }
    *count = n;
    return KMF_OK;
}

static kmf_error kmf__tree(kmf__zstd *z, const uint8_t **from, const uint8_t *end)
{
    unsigned count, sum = 0, numbers[13] = { 0 };
    KMF__TRY(kmf__weights(z, from, end, &count));
    for (unsigned i = 0; i < count; i++) {
        unsigned weight = kmf__weight(z, i);
        if (weight > 11) return KMF_ZSTD_DATA;
        numbers[weight]++;
        sum += (1u << weight) >> 1;
    }
    if (sum == 0) return KMF_ZSTD_DATA;
    unsigned log = kmf__log2(sum) + 1, rest = (1u << log) - sum, last = kmf__log2(rest) + 1;
    if (log > 11 || (rest & (rest - 1))) return KMF_ZSTD_DATA;
    if (count & 1) z->weights[count >> 1] &= 0xF0; /* half a byte left over */
    z->weights[count >> 1] |= (uint8_t)(last << (count & 1 ? 0 : 4));
    numbers[last]++;
    if (numbers[1] < 2 || (numbers[1] & 1)) return KMF_ZSTD_DATA;
    z->tree_log = (uint8_t)log;
    z->known |= 8;
    unsigned place = 0, code = 0;
    z->codes[0] = 0;
    for (unsigned weight = 1; weight <= log; weight++) {
        z->codes[weight] = (uint16_t)code;
        z->places[weight] = (uint8_t)place;
        code += numbers[weight] << (weight - 1);
        for (unsigned i = 0; i <= count; i++)
            if (kmf__weight(z, i) == weight) z->symbols[place++] = (uint8_t)i;
    }
    return KMF_OK;
}

static kmf_error kmf__next_stream(kmf__zstd *z)
{
    if (z->huffman.left != 0 || z->streams == 0) return KMF_ZSTD_DATA; /* the one before must end exactly */
    z->streams--;
    uint32_t size = z->stream_bytes;
    z->in_stream = z->literals_left;
    if (z->streams) {
        if (z->sizes[3 - z->streams] > size) return KMF_ZSTD_DATA;
        size = z->sizes[3 - z->streams];
        z->in_stream = z->segment;
    }
    KMF__TRY(kmf__open_bits(&z->huffman, z->literal, size));
    z->literal += size;
    z->stream_bytes -= size;
    return KMF_OK;
}

static kmf_error kmf__literals(kmf__zstd *z, uint8_t *to, uint32_t n)
{
    if (n > z->literals_left) return KMF_ZSTD_DATA;
    if (z->kind < 2) {
        z->literals_left -= n;
        if (z->kind == 1) memset(to, *z->literal, n);
        else {
            memcpy(to, z->literal, n);
            z->literal += n;
        }
        return KMF_OK;
    }
    while (n) {
        while (z->in_stream == 0) KMF__TRY(kmf__next_stream(z));
        uint32_t run = n < z->in_stream ? n : z->in_stream;
        n -= run;
        z->in_stream -= run;
        z->literals_left -= run;
        kmf__bits bits = z->huffman;
        unsigned log = z->tree_log;
        int ahead = bits.left - 8 * (int)(bits.at - bits.start);
        while (run--) {
            if (ahead < (int)log) {
                kmf__fill(&bits, ahead);
                ahead = bits.left - 8 * (int)(bits.at - bits.start);
            }
            unsigned code = bits.ahead >> (32 - log), weight = log;
            while (code < z->codes[weight]) weight--;
            *to++ = z->symbols[z->places[weight] + ((code - z->codes[weight]) >> (weight - 1))];
            unsigned length = log + 1 - weight;
            bits.ahead <<= length;
            bits.left -= (int)length;
            ahead -= (int)length;
        }
        z->huffman = bits;
        if (bits.left < 0) return KMF_ZSTD_DATA;
    }
    return KMF_OK;
}

/* ---- Blocks (section 3.1.1.2) ---- */

/* The literals of a block: what they are, and where they end (section 3.1.1.3.1). */
static kmf_error kmf__open_literals(kmf__zstd *z, const uint8_t **from, const uint8_t *end)
{
    const uint8_t *in = *from;
    uint8_t head[5] = { 0 };
    uint32_t size = (uint32_t)(end - in), format, bytes;
    memcpy(head, in, size < 5 ? size : 5); /* no block is shorter than its head and the count of its sequences */
    z->kind = head[0] & 3;
    format = head[0] >> 2 & 3;
    if (z->kind < 2) {
        uint32_t head_bytes = format == 1 ? 2 : format == 3 ? 3 : 1;
        z->literals_left = (head[0] | (uint32_t)head[1] << 8 | (uint32_t)head[2] << 16) >> (format & 1 ? 4 : 3) &
                           (format == 1 ? 0xFFF : format == 3 ? 0xFFFFF : 0x1F);
        bytes = z->kind ? 1 : z->literals_left;
        if (size < head_bytes || bytes > size - head_bytes) return KMF_ZSTD_DATA;
        z->literal = in + head_bytes;
        *from = z->literal + bytes;
        return KMF_OK;
    }
    uint32_t head_bytes = format < 2 ? 3 : format + 2, bits = format < 2 ? 10 : format == 2 ? 14 : 18;
    uint32_t low = kmf__u32(head) >> 4, mask = (1u << bits) - 1;
    z->literals_left = low & mask;
    bytes = (low >> bits | (format == 3 ? (uint32_t)head[4] << 10 : 0)) & mask;
    if (size < head_bytes || bytes > size - head_bytes || z->literals_left == 0) return KMF_ZSTD_DATA;
    in += head_bytes;
    *from = end = in + bytes;
    if (z->kind == 2) KMF__TRY(kmf__tree(z, &in, end));
    if (!(z->known & 8)) return KMF_ZSTD_DATA;
    z->streams = 1;
    if (format) {
        if (end - in < 10 || z->literals_left < 6) return KMF_ZSTD_DATA; /* a byte for each stream */
        for (int i = 0; i < 3; i++, in += 2) z->sizes[i] = (uint16_t)(in[0] | in[1] << 8);
        z->streams = 4;
        z->segment = (z->literals_left + 3) / 4;
    }
    z->literal = in;
    z->stream_bytes = (uint32_t)(end - in);
    return KMF_OK;
}

/* The count and tables of a block's sequences (section 3.1.1.3.2). */
static kmf_error kmf__open_sequences(kmf__zstd *z, const uint8_t *in, const uint8_t *end)
{
    static const signed char defaults[] = { /* section 3.1.1.3.2.2: literals lengths, match lengths, offsets */
        4, 3, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2, 2, 3, 2, 1, 1, 1, 1, 1, -1, -1, -1, -1,
        1, 4, 3, 2, 2, 2, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
        1, 1, 1, 1, 1, 1, 1, 1, 1, -1, -1, -1, -1, -1, -1, -1,
        1, 1, 1, 1, 1, 1, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, -1, -1, -1, -1, -1 };
    static const uint8_t starts[4] = { 0, 36, 89, 118 }, default_logs[3] = { 6, 6, 5 }, symbols[3] = { 36, 53, 32 },
                         most_logs[3] = { 9, 9, 8 }, shifts[3] = { 6, 2, 4 }, in_order[3] = { 0, 2, 1 };
    if (in == end) return KMF_ZSTD_DATA;
    z->count = *in++;
    if (z->count >= 128) {
        unsigned more = z->count == 255 ? 2 : 1;
        if (end - in < (int)more) return KMF_ZSTD_DATA;
        z->count = more == 2 ? in[0] + ((uint32_t)in[1] << 8) + 0x7F00 : ((z->count - 128) << 8) + in[0];
        in += more;
    }
    if (z->count == 0) return in == end ? KMF_OK : KMF_ZSTD_DATA;
    if (in == end) return KMF_ZSTD_DATA;
    unsigned modes = *in++;
    if (modes & 3) return KMF_ZSTD_DATA;
    for (unsigned n = 0; n < 3; n++) {
        unsigned i = in_order[n], mode = modes >> shifts[i] & 3, all = symbols[i];
        uint16_t p[53];
        if (mode == 0) {
            all = starts[i + 1] - (unsigned)starts[i];
            for (unsigned s = 0; s < all; s++) p[s] = (uint16_t)defaults[starts[i] + s];
            z->logs[i] = default_logs[i];
        } else if (mode == 1) {
            if (in == end || *in >= all) return KMF_ZSTD_DATA;
            z->tables[i][0] = (uint16_t)(*in++ << 10 | 1);
            z->logs[i] = 0;
        } else if (mode == 2) KMF__TRY(kmf__probabilities(&in, end, p, all, most_logs[i], &z->logs[i]));
        else if (!(z->known >> i & 1)) return KMF_ZSTD_DATA;
        if (!(mode & 1)) kmf__build(z->tables[i], p, all, z->logs[i]);
        z->known |= (uint8_t)(1u << i);
    }
    KMF__TRY(kmf__open_bits(&z->bits, in, (uint32_t)(end - in)));
    for (unsigned n = 0; n < 3; n++) z->states[in_order[n]] = (uint16_t)kmf__take(&z->bits, z->logs[in_order[n]]);
    return KMF_OK;
}

/* The next sequence of the block: what it copies. */
static kmf_error kmf__next_sequence(kmf__zstd *z)
{
    static const uint8_t l_base[9] = { 16, 18, 20, 22, 24, 28, 32, 40, 48 }, l_bits[9] = { 1, 1, 1, 1, 2, 2, 3, 3, 4 },
                         m_base[11] = { 35, 37, 39, 41, 43, 47, 51, 59, 67, 83, 99 },
                         m_bits[11] = { 1, 1, 1, 1, 2, 2, 3, 3, 4, 4, 5 };
    kmf__bits *bits = &z->bits;
    unsigned entries[3];
    for (unsigned i = 0; i < 3; i++) entries[i] = z->tables[i][z->states[i]];
    uint32_t l = entries[0] >> 10, m = entries[1] >> 10, n = entries[2] >> 10, v = 1, extra;
    if (n > 16) { /* no more than 25 bits are had at once */
        v = 1u << (n - 16) | kmf__take(bits, n - 16);
        n = 16;
    }
    v = v << n | kmf__take(bits, n);
    if (m < 32) m += 3;
    else {
        extra = m < 43 ? m_bits[m - 32] : m - 36;
        m = (m < 43 ? m_base[m - 32] : (1u << extra) + 3) + kmf__take(bits, extra);
    }
    if (l >= 16) {
        extra = l < 25 ? l_bits[l - 16] : l - 19;
        l = (l < 25 ? l_base[l - 16] : 1u << extra) + kmf__take(bits, extra);
    }
    uint32_t *r = z->repeated, offset;
    if (v > 3) {
        offset = v - 3;
        v = 2;
    } else { /* one of the last three, or the last less one (section 3.1.1.5) */
        v = v - 1 + (l == 0);
        offset = v == 3 ? r[0] - 1 : r[v];
    }
    if (v >= 2) r[2] = r[1];
    if (v >= 1) {
        r[1] = r[0];
        r[0] = offset;
    }
    if (bits->left < 0 || l + m > z->block_left) return KMF_ZSTD_DATA;
    z->block_left -= l + m;
    z->literals = l;
    z->match = m;
    z->offset = offset;
    if (--z->count == 0) return bits->left ? KMF_ZSTD_DATA : KMF_OK;
    for (unsigned i = 0; i < 3; i++) z->states[i] = kmf__next_state(entries[i], z->logs[i], bits);
    return KMF_OK;
}

/* Go from one block, of which nothing is left to be copied, to the next. */
static kmf_error kmf__next_block(kmf__zstd *z)
{
    uint8_t room[3];
    const uint8_t *in;
    z->left += z->block_left;
    KMF__TRY(kmf__view(z->image, z->next, 3, room, &in));
    uint32_t header = in[0] | (uint32_t)in[1] << 8 | (uint32_t)in[2] << 16, type = header >> 1 & 3, size = header >> 3;
    uint32_t bytes = type == 1 ? 1 : size;
    z->last = header & 1;
    z->block_left = z->left < z->block_most ? z->left : z->block_most;
    z->left -= z->block_left;
    KMF__TRY(kmf__view(z->image, z->next + 3, bytes, z->room, &in));
    z->next += 3 + bytes;
    z->streams = 0;
    z->huffman.left = 0;
    z->in_stream = 0;
    if (type == 2) {
        const uint8_t *end = in + bytes;
        KMF__TRY(kmf__open_literals(z, &in, end));
        KMF__TRY(kmf__open_sequences(z, in, end));
    } else { /* a block of literals alone */
        z->kind = (uint8_t)type;
        z->literals_left = size;
        z->literal = in;
    }
    return KMF_OK;
}

/* All of a block is copied: no bits may be left of its literals. */
static kmf_error kmf__end_block(kmf__zstd *z)
{
    while (z->streams) KMF__TRY(kmf__next_stream(z)); /* of no literals */
    return z->huffman.left ? KMF_ZSTD_DATA : KMF_OK;
}

/* ---- Frames ---- */

/* Begin a frame whose headers have been checked, to be decoded from first on. */
static void kmf__zstd_open(kmf__zstd *z, const kmf_image *image, const kmf__frame *frame, uint8_t *room, uint8_t *first)
{
    memset(z, 0, sizeof *z);
    z->image = image;
    z->next = frame->blocks;
    z->room = room;
    z->first = z->out = first;
    z->left = frame->content;
    z->block_most = frame->window < 128u << 10 ? frame->window : 128u << 10;
    z->repeated[0] = 1;
    z->repeated[1] = 4;
    z->repeated[2] = 8;
}

/* Decode until the output reaches an end, which is not beyond the content. */
static kmf_error kmf__zstd_more(kmf__zstd *z, const uint8_t *end)
{
    while (z->out < end) {
        uint32_t run = (uint32_t)(end - z->out);
        if (z->literals) {
            if (run > z->literals) run = z->literals;
            KMF__TRY(kmf__literals(z, z->out, run));
            z->literals -= run;
            z->out += run;
        } else if (z->match) {
            if (run > z->match) run = z->match;
            if (z->offset - 1 >= (uint32_t)(z->out - z->first)) /* an offset of 0 wraps */
                return z->slid && z->offset ? KMF_TOO_LARGE : KMF_ZSTD_DATA;
            z->match -= run;
            const uint8_t *from = z->out - z->offset;
            uint8_t *to = z->out;
            z->out += run;
            while (run--) *to++ = *from++; /* they may overlap */
        } else if (z->count) KMF__TRY(kmf__next_sequence(z));
        else if (z->literals_left) { /* after the last sequence */
            if (z->literals_left > z->block_left) return KMF_ZSTD_DATA;
            z->block_left -= z->literals_left;
            z->literals = z->literals_left;
        } else {
            KMF__TRY(kmf__end_block(z));
            if (z->last) return KMF_ZSTD_DATA;
            KMF__TRY(kmf__next_block(z));
        }
    }
    return KMF_OK;
}

/* After all of the content: nothing more may come. */
static kmf_error kmf__zstd_close(kmf__zstd *z)
{
    for (;;) {
        if (z->literals || z->match || z->count || z->literals_left) return KMF_ZSTD_DATA;
        KMF__TRY(kmf__end_block(z));
        if (z->last) return KMF_OK;
        KMF__TRY(kmf__next_block(z));
    }
}
