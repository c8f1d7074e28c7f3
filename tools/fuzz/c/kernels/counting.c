/* Codes of colours are sorted, and stay the same codes. */

#include "../input.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    input in = {data, size};
    size_t count = size / 4;
    uint32_t *codes = array(&in, 4 * count), *sorted = zeros(4 * count), before = 0, after = 0;
    for (size_t i = 0; i < count; i++)
        before += codes[i] * codes[i];
    kmf_sort_codes(codes, count, sorted);
    for (size_t i = 0; i < count; i++) {
        after += sorted[i] * sorted[i];
        CHECK(i == 0 || sorted[i - 1] <= sorted[i]);
    }
    CHECK(before == after);
    free(codes);
    free(sorted);
    return 0;
}
