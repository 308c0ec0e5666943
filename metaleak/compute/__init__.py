"""Heavy resampling in chunks: in this process, on the cores of this machine, or on a Dask cluster.

What a chunk holds depends on the job alone, never on the workers: the same bits on one worker, on two, on many.
"""
