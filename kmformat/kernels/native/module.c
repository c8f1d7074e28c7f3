/* The Python module kmformat._native: it checks sizes and values, and calls kernels.

   Kernels trust their arguments, so whatever they index with is checked here. The limited API
   makes one binary do for CPython 3.11 and all later ones; free-threaded ones, which have no such
   API, get their own. kmformat/kernels/native/__init__.py is the only caller. */

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "kernels.h"

/* Converters for "O&": rows of bytes, which may be a part of a larger array. Python calls them with
   NULL to release the buffer where a later argument is wrong. */

static int get_rows(PyObject *object, Py_buffer *view, int flags)
{
    if (object == NULL) {
        PyBuffer_Release(view);
        return 1;
    }
    if (PyObject_GetBuffer(object, view, PyBUF_STRIDES | flags) < 0)
        return 0;
    int last = view->ndim - 1;
    bool alike = view->ndim >= 2 && view->itemsize == 1;
    for (Py_ssize_t i = last, step = 1; alike && i > 0; step *= view->shape[i--])
        alike = view->strides[i] == step || view->shape[i] <= 1;
    if (alike)
        return Py_CLEANUP_SUPPORTED;
    PyBuffer_Release(view);
    PyErr_SetString(PyExc_ValueError, "expected rows of bytes");
    return 0;
}

static int as_rows(PyObject *object, void *view)
{
    return get_rows(object, view, 0);
}

static int as_target_rows(PyObject *object, void *view)
{
    return get_rows(object, view, PyBUF_WRITABLE);
}

#define REQUIRE(condition)                                              \
    if (!(condition)) {                                                 \
        PyErr_SetString(PyExc_ValueError, "not so: " #condition);       \
        goto done;                                                      \
    }
#define RELEASE(...) release_all((Py_buffer *[]){__VA_ARGS__, NULL})

static void release_all(Py_buffer **views)
{
    for (; *views; views++)
        PyBuffer_Release(*views);
}

static bool is_bits(int bits)
{
    return bits == 1 || bits == 2 || bits == 4 || bits == 8;
}

static Py_ssize_t row_bytes(Py_ssize_t width, int bits)
{
    return width / 8 * bits + (width % 8 * bits + 7) / 8;
}

static PyObject *pack(PyObject *Py_UNUSED(module), PyObject *args)
{
    Py_buffer indices, packed;
    int bits;
    PyObject *result = NULL;
    if (!PyArg_ParseTuple(args, "O&iw*", as_rows, &indices, &bits, &packed))
        return NULL;
    Py_ssize_t height = indices.shape[0], width = indices.shape[1];
    REQUIRE(indices.ndim == 2 && is_bits(bits));
    REQUIRE(packed.len == height * row_bytes(width, bits));
    Py_BEGIN_ALLOW_THREADS
    kmf_pack(indices.buf, indices.strides[0], (size_t)height, (size_t)width, (unsigned)bits,
             packed.buf);
    Py_END_ALLOW_THREADS
    result = Py_NewRef(Py_None);
done:
    RELEASE(&indices, &packed);
    return result;
}

static PyObject *unpack(PyObject *Py_UNUSED(module), PyObject *args)
{
    Py_buffer packed, indices;
    int bits;
    Py_ssize_t width;
    PyObject *result = NULL;
    if (!PyArg_ParseTuple(args, "O&inw*", as_rows, &packed, &bits, &width, &indices))
        return NULL;
    Py_ssize_t height = packed.shape[0];
    REQUIRE(packed.ndim == 2 && is_bits(bits) && width >= 0);
    REQUIRE(packed.shape[1] >= row_bytes(width, bits) && indices.len == height * width);
    Py_BEGIN_ALLOW_THREADS
    kmf_unpack(packed.buf, packed.strides[0], (size_t)height, (size_t)width, (unsigned)bits,
               indices.buf);
    Py_END_ALLOW_THREADS
    result = Py_NewRef(Py_None);
done:
    RELEASE(&packed, &indices);
    return result;
}

static PyObject *paint(PyObject *Py_UNUSED(module), PyObject *args)
{
    Py_buffer packed, palette, colors;
    int bits;
    PyObject *result = NULL;
    if (!PyArg_ParseTuple(args, "O&iy*O&", as_rows, &packed, &bits, &palette, as_target_rows,
                          &colors))
        return NULL;
    REQUIRE(packed.ndim == 2 && is_bits(bits) && colors.ndim == 3);
    Py_ssize_t height = colors.shape[0], width = colors.shape[1], channels = colors.shape[2];
    REQUIRE(channels >= 1 && channels <= 4 && palette.len == channels << bits);
    REQUIRE(packed.shape[0] == height && packed.shape[1] == row_bytes(width, bits));
    Py_BEGIN_ALLOW_THREADS
    kmf_colors table;
    kmf_color_table(palette.buf, (unsigned)bits, (unsigned)channels, &table);
    kmf_paint(&table, packed.buf, packed.strides[0], (size_t)height, (size_t)width, colors.buf,
              colors.strides[0]);
    Py_END_ALLOW_THREADS
    result = Py_NewRef(Py_None);
done:
    RELEASE(&packed, &palette, &colors);
    return result;
}

static PyObject *write_runs(PyObject *Py_UNUSED(module), PyObject *args)
{
    Py_buffer numbers, runs;
    int bits;
    size_t size;
    PyObject *result = NULL;
    if (!PyArg_ParseTuple(args, "y*iw*", &numbers, &bits, &runs))
        return NULL;
    REQUIRE(bits >= 1 && bits <= 4 && runs.len == numbers.len);
    Py_BEGIN_ALLOW_THREADS
    size = kmf_write_runs(numbers.buf, (size_t)numbers.len, (unsigned)bits, runs.buf);
    Py_END_ALLOW_THREADS
    result = PyLong_FromSize_t(size);
done:
    RELEASE(&numbers, &runs);
    return result;
}

static PyObject *clip(PyObject *Py_UNUSED(module), PyObject *args)
{
    Py_buffer numbers, clipped, escapes;
    unsigned char top;
    size_t found;
    PyObject *result = NULL;
    if (!PyArg_ParseTuple(args, "y*bw*w*", &numbers, &top, &clipped, &escapes))
        return NULL;
    REQUIRE(clipped.len == numbers.len && escapes.len == numbers.len);
    Py_BEGIN_ALLOW_THREADS
    found = kmf_clip(numbers.buf, (size_t)numbers.len, top, clipped.buf, escapes.buf);
    Py_END_ALLOW_THREADS
    result = PyLong_FromSize_t(found);
done:
    RELEASE(&numbers, &clipped, &escapes);
    return result;
}

static PyObject *read_runs(PyObject *Py_UNUSED(module), PyObject *args)
{
    Py_buffer runs, numbers;
    int bits;
    bool right;
    PyObject *result = NULL;
    if (!PyArg_ParseTuple(args, "y*iw*", &runs, &bits, &numbers))
        return NULL;
    REQUIRE(bits >= 1 && bits <= 4);
    Py_BEGIN_ALLOW_THREADS
    right = kmf_read_runs(runs.buf, (size_t)runs.len, (unsigned)bits, numbers.buf,
                          (size_t)numbers.len);
    Py_END_ALLOW_THREADS
    result = PyBool_FromLong(right);
done:
    RELEASE(&runs, &numbers);
    return result;
}

/* Compact tiles. Ranks and indices of more than 16 colours index tables, so they are checked; the
   tables of up to 16 have a place for every byte. */

enum { FEW = 16, MANY_CONTEXTS = 2592, ROOM = 255 }; /* room: see kmf_streams */

static bool all_below(const uint8_t *values, Py_ssize_t count, unsigned limit)
{
    unsigned most = 0;
    for (Py_ssize_t i = 0; i < count; i++)
        most = values[i] > most ? values[i] : most;
    return most < limit;
}

static bool rows_below(const Py_buffer *rows, unsigned limit)
{
    const uint8_t *row = rows->buf;
    for (Py_ssize_t y = 0; y < rows->shape[0]; y++, row += rows->strides[0])
        if (!all_below(row, rows->shape[1], limit))
            return false;
    return true;
}

/* The largest of numbers of 16 bits. */
static unsigned largest(const Py_buffer *numbers)
{
    const uint16_t *values = numbers->buf;
    uint16_t most = 0;
    for (Py_ssize_t i = 0; i < numbers->len / 2; i++)
        most = values[i] > most ? values[i] : most;
    return most;
}

static bool has_room(const Py_buffer *rows)
{
    return rows->ndim == 2 && rows->shape[0] >= 1 && rows->shape[1] >= 1;
}

/* Find streams that follow each other, with room after the last. */
static bool find_streams(const Py_buffer *ranks, const Py_buffer *lengths, kmf_streams *streams)
{
    const int64_t *length = lengths->buf;
    int64_t left = ranks->len - ROOM;
    uint8_t *start = ranks->buf;
    streams->count = (unsigned)(lengths->len / 8);
    if (lengths->len % 8 || lengths->len < 8 || lengths->len > 64)
        return false;
    for (unsigned s = 0; s < streams->count; s++) {
        if (length[s] < 0 || length[s] > left)
            return false;
        streams->next[s] = start;
        streams->end[s] = start += length[s];
        left -= length[s];
    }
    return true;
}

/* Find a buffer for each stream, a row with room after as many ranks as there are pixels. */
static bool find_targets(const Py_buffer *targets, const Py_buffer *lengths, Py_ssize_t pixels,
                         kmf_streams *streams)
{
    if (targets->ndim != 2 || targets->shape[0] < 1 || targets->shape[0] > 8 ||
        targets->shape[1] < pixels + ROOM || lengths->len != 8 * targets->shape[0])
        return false;
    streams->count = (unsigned)targets->shape[0];
    for (unsigned s = 0; s < streams->count; s++) {
        streams->next[s] = (uint8_t *)targets->buf + (Py_ssize_t)s * targets->strides[0];
        streams->end[s] = streams->next[s] + pixels;
    }
    return true;
}

static void tell_lengths(const Py_buffer *targets, const kmf_streams *streams, Py_buffer *lengths)
{
    int64_t *length = lengths->buf;
    for (unsigned s = 0; s < streams->count; s++)
        length[s] = streams->next[s] - ((uint8_t *)targets->buf + (Py_ssize_t)s * targets->strides[0]);
}

/* Fill the tables of up to 16 colours; `padded` is memory for orders (or ranks). */
static bool fill_few(const Py_buffer *orders, const Py_buffer *contexts, const Py_buffer *map,
                     unsigned streams, uint8_t padded[4096], kmf_few *tables)
{
    Py_ssize_t K = 1;
    while (K <= FEW && K * K * K < orders->len)
        K++;
    if (orders->len != K * K * K || contexts->len != 2 * orders->len ||
        largest(contexts) >= (size_t)map->len || !all_below(map->buf, map->len, streams))
        return false;
    const uint8_t *from = orders->buf, *stream = map->buf;
    const uint16_t *context = contexts->buf;
    memset(padded, 0, 4096);
    memset(tables->shift, 0, sizeof tables->shift);
    for (Py_ssize_t N = 0; N < K; N++)
        for (Py_ssize_t W = 0; W < K; W++)
            for (Py_ssize_t i = 0; i < K; i++) {
                padded[N << 8 | W << 4 | i] = *from++;
                tables->shift[N << 8 | W << 4 | i] = (uint8_t)(8 * stream[*context++]);
            }
    tables->orders = padded;
    return true;
}

/* Fill the tables of more colours, without streams. `table` and `made` are kmf_rows. */
static bool fill_many(const Py_buffer *distances, bool inverse, const Py_buffer *table,
                      const Py_buffer *made, const Py_buffer *first, const Py_buffer *second,
                      kmf_many *tables)
{
    Py_ssize_t K = FEW + 1;
    while (K < 256 && 2 * K * K < distances->len)
        K++;
    if (distances->len != 2 * K * K || largest(distances) >= 1u << 13 || made->len != K * K ||
        table->len != K * K * K || first->len != 2 * K * K || second->len != 2 * K * K ||
        largest(first) + largest(second) + FEW >= MANY_CONTEXTS)
        return false;
    tables->K = (unsigned)K;
    tables->rows = (kmf_rows){distances->buf, (unsigned)K, inverse, table->buf, made->buf};
    tables->first = first->buf;
    tables->second = second->buf;
    return true;
}

static bool fill_shifts(const Py_buffer *map, unsigned streams, kmf_many *tables)
{
    const uint8_t *stream = map->buf;
    if (map->len != MANY_CONTEXTS || !all_below(stream, map->len, streams))
        return false;
    for (unsigned context = 0; context < MANY_CONTEXTS; context++)
        tables->shift[context] = (uint8_t)(8 * stream[context]);
    return true;
}

static PyObject *color_distances(PyObject *Py_UNUSED(module), PyObject *args)
{
    Py_buffer palette, distances;
    PyObject *result = NULL;
    if (!PyArg_ParseTuple(args, "O&w*", as_rows, &palette, &distances))
        return NULL;
    Py_ssize_t K = palette.shape[0], channels = palette.shape[1];
    REQUIRE(palette.ndim == 2 && K >= 1 && K <= 256 && (channels == 3 || channels == 4));
    REQUIRE(palette.strides[0] == channels && distances.len == 2 * K * K);
    kmf_color_distances(palette.buf, (unsigned)K, (unsigned)channels, distances.buf);
    result = Py_NewRef(Py_None);
done:
    RELEASE(&palette, &distances);
    return result;
}

static PyObject *default_orders(PyObject *Py_UNUSED(module), PyObject *args)
{
    Py_buffer distances, pairs, orders;
    PyObject *result = NULL;
    if (!PyArg_ParseTuple(args, "y*y*O&", &distances, &pairs, as_target_rows, &orders))
        return NULL;
    REQUIRE(orders.ndim == 2 && orders.strides[0] == orders.shape[1]);
    Py_ssize_t count = orders.shape[0], K = orders.shape[1];
    const int64_t *pair = pairs.buf;
    uint8_t *order = orders.buf;
    REQUIRE(K >= 1 && K <= 256 && distances.len == 2 * K * K && largest(&distances) < 1u << 13);
    REQUIRE(pairs.len == 8 * count);
    for (Py_ssize_t i = 0; i < count; i++, order += K) {
        REQUIRE(pair[i] >= 0 && pair[i] < K * K);
        kmf_default_order(distances.buf, (unsigned)K, (unsigned)(pair[i] / K),
                          (unsigned)(pair[i] % K), order);
    }
    result = Py_NewRef(Py_None);
done:
    RELEASE(&distances, &pairs, &orders);
    return result;
}

static PyObject *walk_few(PyObject *Py_UNUSED(module), PyObject *args)
{
    Py_buffer ranks, lengths, orders, contexts, map, indices;
    kmf_streams streams;
    kmf_few tables;
    uint8_t padded[4096], *lanes;
    bool enough = false;
    PyObject *result = NULL;
    if (!PyArg_ParseTuple(args, "y*y*y*y*y*O&", &ranks, &lengths, &orders, &contexts, &map,
                          as_target_rows, &indices))
        return NULL;
    REQUIRE(has_room(&indices) && indices.strides[0] == indices.shape[1]);
    REQUIRE(find_streams(&ranks, &lengths, &streams));
    REQUIRE(fill_few(&orders, &contexts, &map, streams.count, padded, &tables));
    size_t height = (size_t)indices.shape[0], width = (size_t)indices.shape[1];
    Py_BEGIN_ALLOW_THREADS
    lanes = malloc(height);
    if (lanes)
        enough = kmf_walk_few(&streams, &tables, height, width, lanes, indices.buf);
    free(lanes);
    Py_END_ALLOW_THREADS
    result = lanes ? PyBool_FromLong(enough) : PyErr_NoMemory();
done:
    RELEASE(&ranks, &lengths, &orders, &contexts, &map, &indices);
    return result;
}

static PyObject *split_few(PyObject *Py_UNUSED(module), PyObject *args)
{
    Py_buffer indices, ranks, contexts, map, targets, lengths;
    kmf_streams streams;
    kmf_few tables;
    uint8_t padded[4096], *lanes;
    PyObject *result = NULL;
    if (!PyArg_ParseTuple(args, "O&y*y*y*O&w*", as_rows, &indices, &ranks, &contexts, &map,
                          as_target_rows, &targets, &lengths))
        return NULL;
    REQUIRE(has_room(&indices));
    REQUIRE(find_targets(&targets, &lengths, indices.shape[0] * indices.shape[1], &streams));
    REQUIRE(fill_few(&ranks, &contexts, &map, streams.count, padded, &tables));
    size_t height = (size_t)indices.shape[0], width = (size_t)indices.shape[1];
    Py_BEGIN_ALLOW_THREADS
    lanes = malloc(height);
    if (lanes)
        kmf_split_few(indices.buf, indices.strides[0], height, width, &tables, lanes, &streams);
    free(lanes);
    Py_END_ALLOW_THREADS
    tell_lengths(&targets, &streams, &lengths);
    result = lanes ? Py_NewRef(Py_None) : PyErr_NoMemory();
done:
    RELEASE(&indices, &ranks, &contexts, &map, &targets, &lengths);
    return result;
}

static PyObject *walk_many(PyObject *Py_UNUSED(module), PyObject *args)
{
    Py_buffer ranks, lengths, distances, table, made, first, second, map, indices;
    kmf_streams streams;
    kmf_many tables;
    uint8_t *lanes;
    bool enough = false;
    PyObject *result = NULL;
    if (!PyArg_ParseTuple(args, "y*y*y*w*w*y*y*y*O&", &ranks, &lengths, &distances, &table, &made,
                          &first, &second, &map, as_target_rows, &indices))
        return NULL;
    REQUIRE(has_room(&indices) && indices.strides[0] == indices.shape[1]);
    REQUIRE(find_streams(&ranks, &lengths, &streams));
    REQUIRE(fill_many(&distances, false, &table, &made, &first, &second, &tables));
    REQUIRE(fill_shifts(&map, streams.count, &tables));
    REQUIRE(all_below(ranks.buf, ranks.len, tables.K));
    size_t height = (size_t)indices.shape[0], width = (size_t)indices.shape[1];
    Py_BEGIN_ALLOW_THREADS
    lanes = malloc(2 * height);
    if (lanes)
        enough = kmf_walk_many(&streams, &tables, height, width, lanes, indices.buf);
    free(lanes);
    Py_END_ALLOW_THREADS
    result = lanes ? PyBool_FromLong(enough) : PyErr_NoMemory();
done:
    RELEASE(&ranks, &lengths, &distances, &table, &made, &first, &second, &map, &indices);
    return result;
}

static PyObject *split_many(PyObject *Py_UNUSED(module), PyObject *args)
{
    Py_buffer indices, distances, table, made, first, second, map, targets, lengths;
    kmf_streams streams;
    kmf_many tables;
    uint8_t *lanes;
    PyObject *result = NULL;
    if (!PyArg_ParseTuple(args, "O&y*w*w*y*y*y*O&w*", as_rows, &indices, &distances, &table, &made,
                          &first, &second, &map, as_target_rows, &targets, &lengths))
        return NULL;
    REQUIRE(has_room(&indices));
    REQUIRE(find_targets(&targets, &lengths, indices.shape[0] * indices.shape[1], &streams));
    REQUIRE(fill_many(&distances, true, &table, &made, &first, &second, &tables));
    REQUIRE(fill_shifts(&map, streams.count, &tables));
    REQUIRE(rows_below(&indices, tables.K));
    size_t height = (size_t)indices.shape[0], width = (size_t)indices.shape[1];
    Py_BEGIN_ALLOW_THREADS
    lanes = malloc(2 * height);
    if (lanes)
        kmf_split_many(indices.buf, indices.strides[0], height, width, &tables, lanes, &streams);
    free(lanes);
    Py_END_ALLOW_THREADS
    tell_lengths(&targets, &streams, &lengths);
    result = lanes ? Py_NewRef(Py_None) : PyErr_NoMemory();
done:
    RELEASE(&indices, &distances, &table, &made, &first, &second, &map, &targets, &lengths);
    return result;
}

static PyObject *count_neighbours(PyObject *Py_UNUSED(module), PyObject *args)
{
    Py_buffer indices, counts;
    PyObject *result = NULL;
    if (!PyArg_ParseTuple(args, "O&w*", as_rows, &indices, &counts))
        return NULL;
    REQUIRE(has_room(&indices) && counts.len == 8 << 16);
    REQUIRE(rows_below(&indices, FEW));
    Py_BEGIN_ALLOW_THREADS
    kmf_count_neighbours(indices.buf, indices.strides[0], (size_t)indices.shape[0],
                         (size_t)indices.shape[1], counts.buf);
    Py_END_ALLOW_THREADS
    result = Py_NewRef(Py_None);
done:
    RELEASE(&indices, &counts);
    return result;
}

static PyObject *count_ranks(PyObject *Py_UNUSED(module), PyObject *args)
{
    Py_buffer indices, distances, table, made, first, second, counts;
    kmf_many tables;
    PyObject *result = NULL;
    if (!PyArg_ParseTuple(args, "O&y*w*w*y*y*w*", as_rows, &indices, &distances, &table, &made,
                          &first, &second, &counts))
        return NULL;
    Py_ssize_t bins = counts.len / 8 / MANY_CONTEXTS;
    REQUIRE(has_room(&indices) && bins >= 1 && counts.len == 8 * MANY_CONTEXTS * bins);
    REQUIRE(fill_many(&distances, true, &table, &made, &first, &second, &tables));
    REQUIRE(rows_below(&indices, tables.K));
    Py_BEGIN_ALLOW_THREADS
    kmf_count_ranks(indices.buf, indices.strides[0], (size_t)indices.shape[0],
                    (size_t)indices.shape[1], &tables, (unsigned)bins, counts.buf);
    Py_END_ALLOW_THREADS
    result = Py_NewRef(Py_None);
done:
    RELEASE(&indices, &distances, &table, &made, &first, &second, &counts);
    return result;
}

static PyObject *sort_codes(PyObject *Py_UNUSED(module), PyObject *args)
{
    Py_buffer codes, sorted;
    PyObject *result = NULL;
    if (!PyArg_ParseTuple(args, "w*w*", &codes, &sorted))
        return NULL;
    REQUIRE(codes.len % 4 == 0 && sorted.len == codes.len);
    Py_BEGIN_ALLOW_THREADS
    kmf_sort_codes(codes.buf, (size_t)codes.len / 4, sorted.buf);
    Py_END_ALLOW_THREADS
    result = Py_NewRef(Py_None);
done:
    RELEASE(&codes, &sorted);
    return result;
}

/* Nearest colours */

static PyObject *nearest_rgb(PyObject *Py_UNUSED(module), PyObject *args)
{
    Py_buffer colors, palette, table, filled, indices;
    kmf_entries entries;
    PyObject *result = NULL;
    if (!PyArg_ParseTuple(args, "y*y*w*w*w*", &colors, &palette, &table, &filled, &indices))
        return NULL;
    REQUIRE(colors.len == 3 * indices.len);
    REQUIRE(palette.len >= 3 && palette.len <= 768 && palette.len % 3 == 0);
    REQUIRE(!table.len || (table.len == 1 << 24 && filled.len == 1 << 15));
    entries.count = (int32_t)(palette.len / 3);
    for (int32_t k = 0; k < entries.count; k++) {
        const uint8_t *color = (const uint8_t *)palette.buf + 3 * k;
        entries.red[k] = color[0];
        entries.green[k] = color[1];
        entries.blue[k] = color[2];
    }
    Py_BEGIN_ALLOW_THREADS
    if (table.len)
        kmf_nearest_rgb_by_table(colors.buf, (size_t)indices.len, &entries, table.buf, filled.buf,
                                 indices.buf);
    else
        kmf_nearest_rgb(colors.buf, (size_t)indices.len, &entries, indices.buf);
    Py_END_ALLOW_THREADS
    result = Py_NewRef(Py_None);
done:
    RELEASE(&colors, &palette, &table, &filled, &indices);
    return result;
}

static PyObject *mark_colors(PyObject *Py_UNUSED(module), PyObject *args)
{
    Py_buffer colors, marks;
    PyObject *result = NULL;
    if (!PyArg_ParseTuple(args, "y*w*", &colors, &marks))
        return NULL;
    REQUIRE(colors.len % 3 == 0 && marks.len == 1 << 24);
    Py_BEGIN_ALLOW_THREADS
    kmf_mark_colors(colors.buf, (size_t)colors.len / 3, marks.buf);
    Py_END_ALLOW_THREADS
    result = Py_NewRef(Py_None);
done:
    RELEASE(&colors, &marks);
    return result;
}

static PyObject *look_up(PyObject *Py_UNUSED(module), PyObject *args)
{
    Py_buffer colors, table, found;
    PyObject *result = NULL;
    if (!PyArg_ParseTuple(args, "y*y*w*", &colors, &table, &found))
        return NULL;
    REQUIRE(table.len == 1 << 24 && colors.len == 3 * found.len);
    Py_BEGIN_ALLOW_THREADS
    kmf_look_up(colors.buf, (size_t)found.len, table.buf, found.buf);
    Py_END_ALLOW_THREADS
    result = Py_NewRef(Py_None);
done:
    RELEASE(&colors, &table, &found);
    return result;
}

/* Error diffusion. Entries, as scores, are as many as low bits can tell: no index is out of range. */

static PyObject *diffuse(PyObject *Py_UNUSED(module), PyObject *args)
{
    Py_buffer values, active, factors, cones, roots, entries, errors, indices;
    kmf_nearest nearest = {0};
    kmf_diffusion diffusion = {0};
    PyObject *result = NULL;
    if (!PyArg_ParseTuple(args, "y*y*y*y*y*y*ddw*w*", &values, &active, &factors, &cones, &roots,
                          &entries, &diffusion.share, &diffusion.reach, &errors, &indices))
        return NULL;
    Py_ssize_t pixels = active.len, d = pixels ? values.len / 8 / pixels : 0;
    REQUIRE((d == 3 || d == 4) && values.len == 8 * d * pixels && indices.len == pixels);
    Py_ssize_t width = errors.len / 16 / d - 2, count = entries.len / 8 / d;
    REQUIRE(width >= 1 && errors.len == 16 * d * (width + 2) && pixels % width == 0);
    REQUIRE(count >= 2 && count <= 256 && (count & (count - 1)) == 0);
    REQUIRE(entries.len == 8 * d * count && factors.len == 8 * (d + 1) * count);
    REQUIRE(!cones.len || (d == 3 && cones.len == 72 && roots.len >= 8));
    nearest.count = (unsigned)count;
    nearest.factors = factors.buf;
    nearest.cones = cones.len ? cones.buf : NULL;
    nearest.roots = roots.buf;
    nearest.root_count = (size_t)roots.len / 8;
    diffusion.nearest = &nearest;
    diffusion.entries = entries.buf;
    diffusion.width = (size_t)width;
    Py_BEGIN_ALLOW_THREADS
    kmf_diffuse(&diffusion, (unsigned)d, values.buf, (size_t)(pixels / width), active.buf,
                errors.buf, indices.buf);
    Py_END_ALLOW_THREADS
    result = Py_NewRef(Py_None);
done:
    RELEASE(&values, &active, &factors, &cones, &roots, &entries, &errors, &indices);
    return result;
}

/* Clusters of points: of several sets of centroids, one after the other */

static PyObject *nearest_centroids(PyObject *Py_UNUSED(module), PyObject *args)
{
    Py_buffer rows, centroids, labels;
    Py_ssize_t n, K, d, sets;
    PyObject *result = NULL;
    if (!PyArg_ParseTuple(args, "y*y*nnnw*", &rows, &centroids, &K, &d, &n, &labels))
        return NULL;
    REQUIRE(n >= 1 && (d == 3 || d == 4) && K >= 1 && K <= MOST_CENTROIDS);
    sets = labels.len / 8 / n;
    REQUIRE(rows.len >= 8 * d * n && labels.len == 8 * sets * n);
    REQUIRE(centroids.len == 8 * sets * K * d);
    Py_BEGIN_ALLOW_THREADS
    for (Py_ssize_t i = 0; i < sets; i++)
        kmf_nearest_centroids(rows.buf, (size_t)n, (unsigned)d,
                              (const double *)centroids.buf + i * K * d, (unsigned)K,
                              (int64_t *)labels.buf + i * n);
    Py_END_ALLOW_THREADS
    result = Py_NewRef(Py_None);
done:
    RELEASE(&rows, &centroids, &labels);
    return result;
}

static PyObject *sum_clusters(PyObject *Py_UNUSED(module), PyObject *args)
{
    Py_buffer labels, values, sums;
    Py_ssize_t n, K, m, sets;
    PyObject *result = NULL;
    if (!PyArg_ParseTuple(args, "y*y*nnw*", &labels, &values, &K, &n, &sums))
        return NULL;
    const int64_t *label = labels.buf;
    REQUIRE(n >= 1 && K >= 1);
    sets = labels.len / 8 / n;
    m = values.len / 8 / n;
    REQUIRE(m >= 1 && m <= 256 && values.len == 8 * m * n && labels.len == 8 * sets * n);
    REQUIRE(sums.len / 8 / m / K == sets && sums.len == 8 * sets * K * m);
    for (Py_ssize_t i = 0; i < sets * n; i++)
        REQUIRE(label[i] >= 0 && label[i] < K);
    Py_BEGIN_ALLOW_THREADS
    for (Py_ssize_t i = 0; i < sets; i++)
        kmf_sum_clusters(label + i * n, (size_t)n, values.buf, (unsigned)m,
                         (double *)sums.buf + i * K * m);
    Py_END_ALLOW_THREADS
    result = Py_NewRef(Py_None);
done:
    RELEASE(&labels, &values, &sums);
    return result;
}

/* Halftones */

static PyObject *settle(PyObject *Py_UNUSED(module), PyObject *args)
{
    Py_buffer indices, field, awake, sensitivity, products, mix, squares, taps, center, costs;
    Py_ssize_t width;
    unsigned passes;
    PyObject *result = NULL;
    if (!PyArg_ParseTuple(args, "w*nw*w*y*y*y*y*y*y*y*I", &indices, &width, &field, &awake,
                          &sensitivity, &products, &mix, &squares, &taps, &center, &costs, &passes))
        return NULL;
    Py_ssize_t pixels = indices.len, K = products.len / 36;
    REQUIRE(width >= 1 && pixels >= 1 && pixels % width == 0 && awake.len == pixels);
    REQUIRE(field.len == 12 * pixels && sensitivity.len == 12 * pixels);
    REQUIRE(K >= 1 && K <= 256 && products.len == 36 * K && costs.len == 16 * K * K);
    REQUIRE(mix.len == 36 && squares.len == 24 && taps.len == 48 && center.len == 12);
    REQUIRE(all_below(indices.buf, pixels, (unsigned)K));
    Py_BEGIN_ALLOW_THREADS
    kmf_halftone halftone = {
        .height = pixels / width, .width = width, .K = K,
        .indices = indices.buf, .awake = awake.buf, .field = field.buf,
        .sensitivity = sensitivity.buf, .products = products.buf, .mix = mix.buf,
        .squares = squares.buf, .taps = taps.buf, .center = center.buf, .costs = costs.buf,
    };
    kmf_settle(&halftone, passes);
    Py_END_ALLOW_THREADS
    result = Py_NewRef(Py_None);
done:
    RELEASE(&indices, &field, &awake, &sensitivity, &products, &mix, &squares, &taps, &center,
            &costs);
    return result;
}

/* Dense tiles */

/* False if sizes or values are wrong. */
static bool fill_dense(const Py_buffer *distances, const Py_buffer *stretch, const Py_buffer *squash,
                       const Py_buffer *rates, int slot_bits, kmf_dense *given)
{
    Py_ssize_t K = 1;
    while (K < 256 && 2 * K * K < distances->len)
        K++;
    if (distances->len != 2 * K * K || largest(distances) >= 1u << 13 || stretch->len != 4 * 4096
        || squash->len != 2 * 2815 || rates->len != 4 * 256 || slot_bits < 10 || slot_bits > 16)
        return false;
    *given = (kmf_dense){(unsigned)K, distances->buf, stretch->buf, squash->buf, rates->buf,
                         (unsigned)slot_bits, NULL};
    return true;
}

/* Slots, all empty, and behind them three rows of zeros. NULL if there is no memory. */
static uint8_t *dense_workspace(kmf_dense *given, size_t width)
{
    size_t slots = (size_t)3 << given->slot_bits;
    given->slots = calloc(slots * 4 + 3 * (width + 8), 1);
    return given->slots ? (uint8_t *)(given->slots + slots) : NULL;
}

static PyObject *encode_dense(PyObject *Py_UNUSED(module), PyObject *args)
{
    Py_buffer indices, distances, stretch, squash, rates, data;
    kmf_dense given = {0};
    int slot_bits;
    size_t size = 0;
    uint8_t *rows;
    PyObject *result = NULL;
    if (!PyArg_ParseTuple(args, "O&y*y*y*y*iw*", as_rows, &indices, &distances, &stretch, &squash,
                          &rates, &slot_bits, &data))
        return NULL;
    REQUIRE(fill_dense(&distances, &stretch, &squash, &rates, slot_bits, &given));
    REQUIRE(has_room(&indices) && rows_below(&indices, given.K));
    size_t height = (size_t)indices.shape[0], width = (size_t)indices.shape[1];
    Py_BEGIN_ALLOW_THREADS
    rows = dense_workspace(&given, width);
    if (rows)
        size = kmf_encode_dense(&given, indices.buf, indices.strides[0], height, width, rows,
                                data.buf, (size_t)data.len);
    free(given.slots);
    Py_END_ALLOW_THREADS
    result = rows ? PyLong_FromSize_t(size) : PyErr_NoMemory();
done:
    RELEASE(&indices, &distances, &stretch, &squash, &rates, &data);
    return result;
}

static PyObject *decode_dense(PyObject *Py_UNUSED(module), PyObject *args)
{
    Py_buffer data, distances, stretch, squash, rates, indices;
    kmf_dense given = {0};
    int slot_bits;
    kmf_dense_fault fault = KMF_DENSE_GOOD;
    uint8_t *rows;
    PyObject *result = NULL;
    if (!PyArg_ParseTuple(args, "y*y*y*y*y*iO&", &data, &distances, &stretch, &squash, &rates,
                          &slot_bits, as_target_rows, &indices))
        return NULL;
    REQUIRE(fill_dense(&distances, &stretch, &squash, &rates, slot_bits, &given));
    REQUIRE(has_room(&indices) && indices.strides[0] == indices.shape[1]);
    size_t height = (size_t)indices.shape[0], width = (size_t)indices.shape[1];
    Py_BEGIN_ALLOW_THREADS
    rows = dense_workspace(&given, width);
    if (rows)
        fault = kmf_decode_dense(&given, data.buf, (size_t)data.len, height, width, rows,
                                 indices.buf);
    free(given.slots);
    Py_END_ALLOW_THREADS
    result = rows ? PyLong_FromLong(fault) : PyErr_NoMemory();
done:
    RELEASE(&data, &distances, &stretch, &squash, &rates, &indices);
    return result;
}

static PyObject *pack_palette(PyObject *Py_UNUSED(module), PyObject *args)
{
    Py_buffer palette, rates, data;
    PyObject *result = NULL;
    if (!PyArg_ParseTuple(args, "O&y*w*", as_rows, &palette, &rates, &data))
        return NULL;
    Py_ssize_t K = palette.shape[0], channels = palette.shape[1];
    REQUIRE(palette.ndim == 2 && K >= 1 && K <= 256 && (channels == 3 || channels == 4));
    REQUIRE(palette.strides[0] == channels && rates.len == 4 * 256);
    result = PyLong_FromSize_t(kmf_pack_palette(palette.buf, (unsigned)K, (unsigned)channels,
                                                rates.buf, data.buf, (size_t)data.len));
done:
    RELEASE(&palette, &rates, &data);
    return result;
}

static PyObject *unpack_palette(PyObject *Py_UNUSED(module), PyObject *args)
{
    Py_buffer data, rates, palette;
    PyObject *result = NULL;
    if (!PyArg_ParseTuple(args, "y*y*O&", &data, &rates, as_target_rows, &palette))
        return NULL;
    Py_ssize_t K = palette.shape[0], channels = palette.shape[1];
    REQUIRE(palette.ndim == 2 && K >= 1 && K <= 256 && (channels == 3 || channels == 4));
    REQUIRE(palette.strides[0] == channels && rates.len == 4 * 256);
    result = PyBool_FromLong(kmf_unpack_palette(data.buf, (size_t)data.len, (unsigned)K,
                                                (unsigned)channels, rates.buf, palette.buf));
done:
    RELEASE(&data, &rates, &palette);
    return result;
}

static PyMethodDef functions[] = {
    {"pack", pack, METH_VARARGS, NULL},
    {"unpack", unpack, METH_VARARGS, NULL},
    {"paint", paint, METH_VARARGS, NULL},
    {"write_runs", write_runs, METH_VARARGS, NULL},
    {"clip", clip, METH_VARARGS, NULL},
    {"read_runs", read_runs, METH_VARARGS, NULL},
    {"color_distances", color_distances, METH_VARARGS, NULL},
    {"default_orders", default_orders, METH_VARARGS, NULL},
    {"walk_few", walk_few, METH_VARARGS, NULL},
    {"split_few", split_few, METH_VARARGS, NULL},
    {"walk_many", walk_many, METH_VARARGS, NULL},
    {"split_many", split_many, METH_VARARGS, NULL},
    {"count_neighbours", count_neighbours, METH_VARARGS, NULL},
    {"count_ranks", count_ranks, METH_VARARGS, NULL},
    {"sort_codes", sort_codes, METH_VARARGS, NULL},
    {"nearest_rgb", nearest_rgb, METH_VARARGS, NULL},
    {"mark_colors", mark_colors, METH_VARARGS, NULL},
    {"look_up", look_up, METH_VARARGS, NULL},
    {"diffuse", diffuse, METH_VARARGS, NULL},
    {"nearest_centroids", nearest_centroids, METH_VARARGS, NULL},
    {"sum_clusters", sum_clusters, METH_VARARGS, NULL},
    {"settle", settle, METH_VARARGS, NULL},
    {"encode_dense", encode_dense, METH_VARARGS, NULL},
    {"decode_dense", decode_dense, METH_VARARGS, NULL},
    {"pack_palette", pack_palette, METH_VARARGS, NULL},
    {"unpack_palette", unpack_palette, METH_VARARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static PyModuleDef_Slot slots[] = {
#ifdef Py_GIL_DISABLED
    {Py_mod_gil, Py_MOD_GIL_NOT_USED}, /* all that a kernel changes are its arguments */
#endif
    {0, NULL}};

static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT, .m_name = "_native", .m_methods = functions, .m_slots = slots};

PyMODINIT_FUNC PyInit__native(void)
{
    return PyModuleDef_Init(&definition);
}
