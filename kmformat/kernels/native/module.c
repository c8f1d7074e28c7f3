/* The Python module kmformat._native: it checks sizes and values, and calls kernels.

   Kernels trust their arguments, so whatever they index with is checked here. The limited API
   makes one binary do for CPython 3.11 and all later ones. kmformat/kernels/native/__init__.py is
   the only caller. */

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

static PyMethodDef functions[] = {
    {"pack", pack, METH_VARARGS, NULL},
    {"unpack", unpack, METH_VARARGS, NULL},
    {"paint", paint, METH_VARARGS, NULL},
    {"write_runs", write_runs, METH_VARARGS, NULL},
    {"read_runs", read_runs, METH_VARARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static PyModuleDef_Slot slots[] = {{0, NULL}};

static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT, .m_name = "_native", .m_methods = functions, .m_slots = slots};

PyMODINIT_FUNC PyInit__native(void)
{
    return PyModuleDef_Init(&definition);
}
