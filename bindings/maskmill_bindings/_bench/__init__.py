"""The hardware benchmark: a fixed workload, verified and timed beside what the machine can do without us.

replies → workload → run → report → page, plot, comparison. A report is plain JSON, and everything behind it takes one.
"""
