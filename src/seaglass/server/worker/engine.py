"""The real engine behind a worker's requests: seaglass.engine, loaded when the worker loads.

Above: `session`, through `ports`. Below: engine.database. Nothing of the engine is imported with
this module, so that a worker can read its options and watch its lifeline before that takes its
time.
"""


class SeaglassEngine:
    pass
