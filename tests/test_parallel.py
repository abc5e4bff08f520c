"""Work in several processes gives what it gives in one, in order, and says where it failed."""

from __future__ import annotations

import math
import os
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from threadpoolctl import threadpool_info

from ectopy.errors import ParameterError
from ectopy.parallel import one_blas_thread, parallel_map


@pytest.mark.parametrize("jobs", [1, 2])
def test_results_come_in_the_order_of_the_items(jobs: int):
    assert list(parallel_map(math.sqrt, [9.0, 4.0, 1.0], jobs=jobs)) == [3, 2, 1]


def test_several_processes_share_the_work():
    assert os.getpid() not in set(parallel_map(os.getpgid, [0, 0], jobs=2))


@pytest.mark.parametrize("jobs", [1, 2])
def test_an_error_keeps_its_type_and_names_the_item(jobs: int):
    with pytest.raises(ValueError, match=r"math domain|expected a nonnegative") as caught:
        list(parallel_map(math.sqrt, [1.0, -1.0], jobs=jobs, name=lambda item: f"number {item:g}"))
    assert caught.value.__notes__ == ["at work on number -1"]


def test_a_process_that_is_killed_is_told_in_one_line():
    with pytest.raises(ParameterError, match=r"jobs=2: a process ended before .* give fewer jobs"):
        list(parallel_map(os._exit, [3, 3], jobs=2))


def test_no_jobs_are_refused_before_anything_is_asked_for():
    with pytest.raises(ParameterError, match="jobs=0 can do no work; give 1 or more"):
        parallel_map(len, ["a"], jobs=0)


def test_progress_is_drawn_on_standard_error_and_changes_nothing(capsys: pytest.CaptureFixture[str]):
    assert list(parallel_map(len, ["a", "bc"], progress="counting")) == [1, 2]
    assert "counting" in capsys.readouterr().err


def test_nothing_to_do_is_done():
    assert list(parallel_map(len, [], jobs=2)) == []


def test_the_last_to_leave_gives_the_linear_algebra_its_threads_back():
    def threads() -> list[int]:
        return [library["num_threads"] for library in threadpool_info() if library["user_api"] == "blas"]

    assert np.ones(2).sum() == 2  # NumPy is loaded, whose library is meant
    before = threads()
    with one_blas_thread:
        with ThreadPoolExecutor(1) as pool:
            pool.submit(one_blas_thread.__enter__).result()
        with one_blas_thread:
            pass
        assert set(threads()) == {1}
    assert set(threads()) == {1}
    one_blas_thread.__exit__()
    assert threads() == before
