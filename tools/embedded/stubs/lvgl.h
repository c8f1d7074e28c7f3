/* As much of LVGL 9.2 as a decoder of images takes, to compile one without LVGL. */
#include <stddef.h>
#include <stdint.h>

typedef enum { LV_RESULT_INVALID, LV_RESULT_OK } lv_result_t;
enum { LV_IMAGE_SRC_VARIABLE, LV_COLOR_FORMAT_RGB565 = 0x12, LV_STRIDE_AUTO = 0 };
#define LV_COORD_MIN (-(1 << 29) + 1)
typedef struct { int32_t x1, y1, x2, y2; } lv_area_t;
typedef struct { uint32_t magic : 8, cf : 8, flags : 16, w : 16, h : 16, stride : 16, reserved : 16; } lv_image_header_t;
typedef struct { lv_image_header_t header; uint32_t data_size; const uint8_t *data; } lv_image_dsc_t;
typedef struct { lv_image_header_t header; uint32_t data_size; uint8_t *data; } lv_draw_buf_t;
typedef struct lv_image_decoder lv_image_decoder_t;
typedef struct lv_image_decoder_dsc lv_image_decoder_dsc_t;

void *lv_malloc(size_t size);
void *lv_malloc_zeroed(size_t size);
void lv_free(void *data);
lv_draw_buf_t *lv_draw_buf_create(uint32_t w, uint32_t h, uint32_t cf, uint32_t stride);
void lv_draw_buf_destroy(lv_draw_buf_t *buf);
lv_image_decoder_t *lv_image_decoder_create(void);
void lv_image_decoder_set_info_cb(lv_image_decoder_t *decoder,
                                  lv_result_t (*info)(lv_image_decoder_t *, lv_image_decoder_dsc_t *, lv_image_header_t *));
void lv_image_decoder_set_open_cb(lv_image_decoder_t *decoder,
                                  lv_result_t (*open)(lv_image_decoder_t *, lv_image_decoder_dsc_t *));
void lv_image_decoder_set_get_area_cb(lv_image_decoder_t *decoder,
                                      lv_result_t (*get)(lv_image_decoder_t *, lv_image_decoder_dsc_t *,
                                                         const lv_area_t *, lv_area_t *));
void lv_image_decoder_set_close_cb(lv_image_decoder_t *decoder,
                                   void (*close)(lv_image_decoder_t *, lv_image_decoder_dsc_t *));
