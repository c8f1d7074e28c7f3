"""kmf.h on small machines: compiled for them, and run under an emulator.

The first two take Debian's gcc-arm-none-eabi, libnewlib-arm-none-eabi and qemu-system-arm.
"""
