/* As much of ESP-IDF's esp_lcd as drawing takes, to compile it without ESP-IDF. */
typedef struct esp_lcd_panel_t *esp_lcd_panel_handle_t;
int esp_lcd_panel_draw_bitmap(esp_lcd_panel_handle_t panel, int x_start, int y_start, int x_end, int y_end,
                              const void *color_data);
