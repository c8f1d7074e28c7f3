/* Any palette comes back packed; any bytes are a palette or refused. */

#include "../chances.h"

static void comes_back(const uint8_t *palette, unsigned K, unsigned channels)
{
    size_t bytes = (size_t)K * channels, room = 16 * bytes + 8;
    uint8_t *data = zeros(room), *again = zeros(bytes), *exact;
    size_t size = kmf_pack_palette(palette, K, channels, chances.rates, data, room);
    CHECK(size <= room);
    exact = zeros(size);
    memcpy(exact, data, size);
    CHECK(kmf_unpack_palette(exact, size, K, channels, chances.rates, again));
    CHECK(!memcmp(palette, again, bytes));
    free(exact);
    free(data);
    free(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    input in = {data, size};
    make_chances();
    unsigned unpacking = take(&in, 0, 1), channels = take(&in, 3, 4), K = take_colors(&in, 1);
    uint8_t *bytes = array(&in, in.left), *palette = array(&in, (size_t)K * channels);
    if (!unpacking || kmf_unpack_palette(bytes, in.left, K, channels, chances.rates, palette))
        comes_back(palette, K, channels);
    free(bytes);
    free(palette);
    return 0;
}
