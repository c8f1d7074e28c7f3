/* Show the page's photograph in an emulated machine, and write its frame buffer to screen.bin. */
#include "frame.c"
#include <stdio.h>

extern char __stack;
void _start(void);
__attribute__((section(".vectors"), used)) static const struct { void *stack; void (*reset)(void); } vectors = { &__stack,
                                                                                                            _start };

int main(void)
{
    FILE *to = fopen("screen.bin", "wb");
    if (show_photo() || to == NULL) return 2;
    fwrite(screen, sizeof screen, 1, to);
    return fclose(to) ? 2 : 0;
}
