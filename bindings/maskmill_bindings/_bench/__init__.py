"""The hardware benchmark ``maskmill bench``: a fixed workload, verified, and timed beside baselines of the machine.

forms → workload → runner → report → text_report, charts, comparison. A report is JSON, and all that follow read one.
"""
