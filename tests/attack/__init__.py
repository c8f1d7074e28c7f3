"""Commands that are killed, calls of the system that fail, threads and processes all at once.

A few rounds are part of every run of the tests. KMF_KILLS says how many commands are killed; from
40 on, every call of the system fails in every way, too.
"""

import os

KILLS = int(os.environ.get("KMF_KILLS", "3"))
ALL_CALLS = KILLS >= 40
