"""``python -m scaling_utils``: see `scaling_utils.own.command`."""

import sys

from scaling_utils.own.command import main

if __name__ == "__main__":
    sys.exit(main())
