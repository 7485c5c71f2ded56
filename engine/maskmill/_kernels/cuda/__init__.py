"""CUDA kernels and their drivers: the tasks of `cpu` that can gain from a GPU, under the same names.

Importing a module of this package imports `numba.cuda`.

Resources of each kernel, compiled by numba-cuda 0.30.4 and CUDA 13.0 for five compute capabilities: registers per
thread, bytes spilled, bytes of shared memory per block (2048 include 1024 of the system), and the lowest theoretical
occupancy in blocks of 128 threads. ``python tests/support/cuda/device_code.py`` prints this table; the tests compare
every figure.

::

    kernel                             7.5  8.0  9.0 10.0 12.0  spilled  shared  occupancy
    rasterize._fill_crossing_rows       25   24   24   28   28        0       0      100 %
    rasterize._fill_polygon_bits        54   56   54   52   56        0       0       56 %
    resize._fill_lines                  40   36   34   34   40        0       0       75 %
    resize._fill_lines_from_bits        47   40   40   40   40        0       0       75 %
    resize._fill_box_bits               62   54   56   56   56        0       0       56 %
    run_lengths._count_changes          36   34   34   34   34        0       0       75 %
    run_lengths._place_changes          40   40   38   38   38        0       0       75 %
    run_lengths._fill_counts            17   18   24   20   26        0       0      100 %
    run_lengths._gather_values          14   14   14   12   12        0       0      100 %
    prefix_sums._sum_blocks             22   22   21   20   20        0    2048      100 %
    prefix_sums._add_totals             12   12   16   10   10        0       0      100 %
    run_lengths._fill_ends              17   17   18   15   18        0       0      100 %
    run_lengths._add_areas              14   18   18   18   16        0       0      100 %
    run_lengths._widen_boxes            36   35   34   35   35        0       0       75 %
    run_lengths._finish_boxes           18   18   18   16   16        0       0      100 %
    run_lengths._fill_intersections     28   30   36   32   32        0       0       75 %
    run_lengths._fill_ious              37   34   26   24   24        0       0       75 %
    composite._fill_dense               36   34   36   37   40        0       0       75 %
    label_map._fill_instance_map        48   48   48   56   56        0       0       56 %
    composite._fill_union               38   32   32   40   40        0       0       75 %
"""
