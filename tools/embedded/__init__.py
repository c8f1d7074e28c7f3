"""kmf.h on small machines: compiled for them, run under an emulator, attacked with damaged files.

The first two take Debian's gcc-arm-none-eabi, libnewlib-arm-none-eabi and qemu-system-arm.
"""
