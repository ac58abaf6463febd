import heapq

from hypothesis import given
from hypothesis import strategies as st

from ruche import recipe
from ruche.scheduling import fairness


def test_a_cost_of_one_is_one_step_of_one_row_at_512():
    assert fairness.cost(recipe.Recipe("x", width=512, height=512, steps=1, guidance=1.0)) == 1


def test_guidance_doubles_the_cost_and_a_count_multiplies_it():
    plain = recipe.Recipe("x", guidance=1.0)
    assert fairness.cost(recipe.Recipe("x", guidance=4.0)) == 2 * fairness.cost(plain)
    assert fairness.cost(recipe.Recipe("x", guidance=1.0, count=3)) == 3 * fairness.cost(plain)


def test_a_newcomer_starts_at_the_clock():
    assert fairness.entry(0.0, clock=70.0, waiting=0) == 70.0


def test_who_was_idle_has_saved_nothing_up_and_lost_nothing():
    assert fairness.entry(50.0, clock=70.0, waiting=0) == 70.0
    assert fairness.entry(90.0, clock=70.0, waiting=0) == 90.0


def test_who_waits_already_keeps_the_own_time():
    assert fairness.entry(50.0, clock=70.0, waiting=1) == 50.0


def test_a_refund_undoes_a_charge():
    charged = fairness.charged(5.0, cost=8.0, weight=4.0)
    assert charged == 7.0
    assert fairness.refunded(charged, cost=8.0, weight=4.0) == 5.0


def test_the_clock_only_moves_on():
    assert fairness.moved(5.0, [9.0, 7.0]) == 7.0
    assert fairness.moved(5.0, [3.0]) == 5.0
    assert fairness.moved(5.0, []) == 5.0


@given(
    weights=st.lists(st.sampled_from([1.0, 2.0, 5.0]), min_size=2, max_size=6),
    costs=st.lists(st.floats(0.1, 20.0), min_size=60, max_size=60),
)
def test_whoever_always_waits_gets_a_share_by_weight(weights, costs):
    line = [(0.0, member) for member in range(len(weights))]
    given_to = [0.0] * len(weights)
    for cost in costs:
        vtime, member = heapq.heappop(line)
        given_to[member] += cost
        heapq.heappush(line, (fairness.charged(vtime, cost=cost, weight=weights[member]), member))
    shares = [got / weight for got, weight in zip(given_to, weights, strict=True)]
    # Nobody is ever further ahead than by one job.
    assert max(shares) - min(shares) <= max(costs) / min(weights) + 1e-6
