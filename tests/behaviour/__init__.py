"""What maskmill does, written down: to be recorded before and after a change that must not change it.

``PYTHONPATH=tests python -m behaviour record OUT`` writes a folder of plain files, and ``… compare OUT_A OUT_B`` tells
each difference. Only public names and commands are used, so that the inside may move freely.
"""
