"""What a cell costs in a stock kernel: sends the source given as argument, reads messages until idle, prints the seconds.

The clock runs from the request to the idle status: imports and the kernel's start are not in it.
"""

from __future__ import annotations

import sys
import time

from jupyter_client.manager import start_new_kernel


def main() -> None:
    manager, client = start_new_kernel(kernel_name="python3")
    try:
        source = sys.argv[1]
        begin = time.perf_counter()
        request = client.execute(source, store_history=False)
        while True:
            message = client.get_iopub_msg(timeout=120)
            if message["parent_header"].get("msg_id") != request:
                continue
            if message["msg_type"] == "error":
                sys.exit("the cell failed")
            if message["msg_type"] == "status" and message["content"]["execution_state"] == "idle":
                break
        client.get_shell_msg(timeout=10)
        print(time.perf_counter() - begin)
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


if __name__ == "__main__":
    main()
