/* What an open image is in LVGL 9.2, as far as a decoder takes it. */
struct lv_image_decoder_dsc {
    const void *src;
    int src_type;
    lv_image_header_t header;
    const lv_draw_buf_t *decoded;
    void *user_data;
};
