/* Settling leaves every index one that there is. Values are of the size that kmformat/kernels/halftone.py gives. */

#include "../input.h"

/* Numbers from -1 to 1, times a most. */
static float *floats(const input *in, size_t count, float most)
{
    int8_t *whole = array(in, count);
    float *made = malloc(4 * count);
    CHECK(made);
    for (size_t i = 0; i < count; i++)
        made[i] = most * (float)whole[i] / 128;
    free(whole);
    return made;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    input in = {data, size};
    unsigned K = take_colors(&in, 1), filtered = take(&in, 0, 1), passes = take(&in, 0, 4);
    ptrdiff_t height = take(&in, 1, 20), width = take(&in, 1, 20);
    size_t pixels = (size_t)(height * width), prices = 4 * (size_t)K * K;
    uint8_t *indices = array_below(&in, pixels, K), *awake = array_below(&in, pixels, 3);
    int8_t *start = array(&in, 3 * pixels);
    int32_t *field = zeros(12 * pixels), taps[12] = {0}, center[3] = {0};
    float *sensitivity = floats(&in, 3 * pixels, 2), *products = floats(&in, 9 * (size_t)K, 256);
    float *mix = floats(&in, 9, 4), *squares = floats(&in, 6, 4), *costs = floats(&in, prices, 64);
    for (size_t i = 0; i < 3 * pixels; i++)
        field[i] = 1000 * start[i];
    for (int i = 0; i < 12; i++)
        taps[i] = i % 4 == 0 || filtered ? 1 + (i * i) % 7 : 0;
    kmf_halftone halftone = {.height = height, .width = width, .K = K, .indices = indices, .awake = awake,
                             .field = field, .sensitivity = sensitivity, .products = products, .mix = mix,
                             .squares = squares, .taps = taps, .center = center, .costs = costs};
    kmf_settle(&halftone, passes);
    for (size_t i = 0; i < pixels; i++)
        CHECK(indices[i] < K);
    free(indices);
    free(awake);
    free(start);
    free(field);
    free(sensitivity);
    free(products);
    free(mix);
    free(squares);
    free(costs);
    return 0;
}
