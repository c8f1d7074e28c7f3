/* Error diffusion: see kmformat/kernels/diffusion.py.

   All doubles are whole numbers, so that sums are exact, whatever their order; but for the product
   with the share, which is rounded to a double and then to a whole number. A compiler must not fuse
   it with the addition after it: setup.py says so. */

#include "kernels.h"

#include <float.h>

#if FLT_EVAL_METHOD != 0
#error "doubles are computed with more digits than they have: NumPy's kernels serve here"
#endif

/* 1.5 * 2^52: doubles from there on are whole, so to add it rounds, halves to even. */
static const double ROUNDER = 6755399441055744.0;

static double rounded(double x)
{
    return (x + ROUNDER) - ROUNDER;
}

static double clamped(double x, double most)
{
    x = x < most ? x : most;
    return x > -most ? x : -most;
}

/* How the eye's cones respond to light. */
static void respond(const kmf_nearest *nearest, const double light[3], double responses[3])
{
    for (int i = 0; i < 3; i++) {
        const double *cone = nearest->cones + 3 * i;
        double excited = cone[0] * light[0] + cone[1] * light[1] + cone[2] * light[2];
        excited = clamped(excited / 65536, (double)(nearest->root_count - 1));
        responses[i] = nearest->roots[excited > 0 ? (int32_t)excited : 0];
    }
}

/* The entry with the least score. The upper half of the scores is compared with the lower one, and
   so on: all of a step at once, where comparing one by one would take turns. */
INSIDE unsigned least(const kmf_nearest *nearest, unsigned count, unsigned d,
                             const double *RESTRICT point)
{
    const double *RESTRICT factors = nearest->factors, *RESTRICT offsets = factors + d * count;
    double scores[256];
    for (unsigned k = 0; k < count; k++) {
        double score = offsets[k] + factors[k] * point[0] + factors[count + k] * point[1] +
                       factors[2 * count + k] * point[2];
        scores[k] = d == 3 ? score : score + factors[3 * count + k] * point[3];
    }
    for (unsigned half = count / 2; half; half /= 2)
        for (unsigned k = 0; k < half; k++)
            scores[k] = scores[k] < scores[k + half] ? scores[k] : scores[k + half];
    return (unsigned)((int64_t)scores[0] & (count - 1));
}

/* Dither a row. `values` are d times `apart`. Errors of a row have a pixel more at each end, which
   stays zero. `count` and `d` are constants where this is called, so that loops over them are laid
   out by the compiler. */
INSIDE void diffuse_row(const kmf_diffusion *diffusion, unsigned count, unsigned d,
                               const double *values, size_t apart, const uint8_t *active,
                               const double *above, double *here, uint8_t *indices)
{
    const kmf_nearest *nearest = diffusion->nearest;
    double value[4] = {0}, error[4] = {0}, responses[3];
    for (size_t x = 0; x < diffusion->width; x++, above += d, here += d) {
        unsigned index = 0;
        if (active[x]) {
            for (unsigned i = 0; i < d; i++) {
                double total = 3 * above[2 * d + i] + 5 * above[d + i] + above[i] + 7 * error[i];
                value[i] = values[i * apart + x] + rounded(total * diffusion->share);
            }
            if (nearest->cones)
                respond(nearest, value, responses);
            index = least(nearest, count, d, nearest->cones ? responses : value);
        }
        indices[x] = (uint8_t)index;
        for (unsigned i = 0; i < d; i++) {
            double whole = value[i] - diffusion->entries[i * count + index];
            here[d + i] = error[i] = active[x] ? clamped(whole, diffusion->reach) : 0;
        }
    }
}

WIDE void kmf_diffuse(const kmf_diffusion *diffusion, unsigned d, const double *values, size_t rows,
                 const uint8_t *active, double *errors, uint8_t *indices)
{
    unsigned count = diffusion->nearest->count;
    size_t width = diffusion->width, size = d * (width + 2), apart = rows * width;
    double *above = errors, *here = errors + size;
    for (size_t y = 0; y < rows; y++, values += width, active += width, indices += width) {
        if (d == 3 && count == 16)
            diffuse_row(diffusion, 16, 3, values, apart, active, above, here, indices);
        else if (d == 3)
            diffuse_row(diffusion, count, 3, values, apart, active, above, here, indices);
        else
            diffuse_row(diffusion, count, 4, values, apart, active, above, here, indices);
        memcpy(above, here, size * sizeof *here);
    }
}
