"""Drivers for CUDA: the twins of what in `cpu` can gain, under the same names; importing one imports numba.cuda.

What each kernel takes, compiled by numba-cuda 0.30.4 and CUDA 13.0 for five compute capabilities: registers of a
thread, bytes that are spilled, bytes of shared memory in a block (of 2048, the system has 1024), and the least
theoretical occupancy, in blocks of 128 threads. `python tests/support/devicecode.py` prints it anew; the tests hold all to it.

::

    kernel                     7.5  8.0  9.0 10.0 12.0  spilled  shared  occupancy
    rasterize.fill_rows         25   24   24   28   28        0       0      100 %
    rasterize.fill_bits         54   56   54   52   56        0       0       56 %
    resize.fill_lines           40   36   34   34   40        0       0       75 %
    resize.fill_lines_of_bits   47   40   40   40   40        0       0       75 %
    resize.fill_bits            62   54   56   56   56        0       0       56 %
    runs.count_changes          36   34   34   34   34        0       0       75 %
    runs.place_changes          40   40   38   38   38        0       0       75 %
    runs.fill_counts            17   18   24   20   26        0       0      100 %
    runs.pick                   14   14   14   12   12        0       0      100 %
    runs.sum_blocks             22   22   21   20   20        0    2048      100 %
    runs.add_totals             12   12   16   10   10        0       0      100 %
    runs.fill_ends              17   17   18   15   18        0       0      100 %
    runs.add_areas              14   18   18   18   16        0       0      100 %
    runs.spread                 36   35   34   35   35        0       0       75 %
    runs.fold                   18   18   18   16   16        0       0      100 %
    runs.fill_common            28   30   36   32   32        0       0       75 %
    runs.fill_shares            37   34   26   24   24        0       0       75 %
    composite.draw              36   34   36   37   40        0       0       75 %
    composite.paint             48   48   48   56   56        0       0       56 %
    composite.unite             38   32   32   40   40        0       0       75 %
"""
