"""The review page: a recording is corrected in the browser, on this machine only."""
