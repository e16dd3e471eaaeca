"""The invariants of the engine and its guard as a state machine: see `tests/core/machine`.

2,000 steps here, the same each time, so that nobody's change is held up by a history that it has nothing to do with;
`make machine STEPS=100000` looks for new ones.
"""

from hypothesis import HealthCheck, Phase, settings

from tests.core.machine.machine import EngineMachine

TestEngine = EngineMachine.TestCase
TestEngine.settings = settings(
    max_examples=50,
    stateful_step_count=40,
    derandomize=True,
    deadline=None,
    report_multiple_bugs=False,
    phases=[Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
