/* Every pixel gets an index that there is, whatever the values. */

#include "../input.h"

/* Whole numbers of so many bits, as doubles. */
static double *doubles(const input *in, size_t count, unsigned bits)
{
    int32_t *whole = array(in, 4 * count);
    double *made = malloc(8 * count);
    CHECK(made);
    for (size_t i = 0; i < count; i++)
        made[i] = (double)(whole[i] >> (32 - bits));
    free(whole);
    return made;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    input in = {data, size};
    unsigned d = take(&in, 3, 4), count = 2u << take(&in, 0, 7), light = d == 3 && take(&in, 0, 1);
    size_t width = take(&in, 1, 40), rows = take(&in, 0, 10), pixels = rows * width, roots = take(&in, 1, 300);
    double *values = doubles(&in, d * pixels, 24), *entries = doubles(&in, d * count, 20);
    double *factors = doubles(&in, (d + 1) * count, 24), *cones = doubles(&in, 9, 16), *root = doubles(&in, roots, 20);
    uint8_t *active = array_below(&in, pixels, 2), *indices = zeros(pixels);
    double *errors = zeros(16 * d * (width + 2));
    kmf_nearest nearest = {count, factors, light ? cones : NULL, root, roots};
    kmf_diffusion diffusion = {&nearest, entries, width, take(&in, 0, 16) / 16.0, take(&in, 0, 1u << 20)};
    kmf_diffuse(&diffusion, d, values, rows, active, errors, indices);
    for (size_t i = 0; i < pixels; i++)
        CHECK(indices[i] < count);
    free(values);
    free(entries);
    free(factors);
    free(cones);
    free(root);
    free(active);
    free(indices);
    free(errors);
    return 0;
}
