"""Each kind of malformed frame gets the right answer. (A hundred thousand at once: the row `rubbish` of the matrix.)"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.faults.raw import CLOSE, frame
from tests.faults.rubbish import CLOSING, REFUSED, REFUSED_FIRST, Dice, hurl, not_json, too_many, torn_off
from tests.servers import Server


@pytest.mark.parametrize("rubbish", CLOSING)
def test_a_frame_against_the_standard_is_answered_with_the_right_close_code(
    lasting_server: Server, rubbish: Callable[[Dice], bytes]
) -> None:
    first = REFUSED_FIRST if rubbish is too_many else 1
    for seed in range(8):
        before, last, torn = [not_json(Dice(seed))] * first, rubbish(Dice(seed)), rubbish is torn_off
        refused, code = hurl(lasting_server.port, before, last, hang_up=torn)
        assert refused in (first, first + 1)  # the allowance grows again by one in 1.2 s
        assert code in CLOSING[rubbish]


def test_each_rubbish_of_ours_is_refused_and_the_socket_stays(lasting_server: Server) -> None:
    for make in dict.fromkeys(REFUSED):
        refused, code = hurl(lasting_server.port, [make(Dice(seed)) for seed in range(8)], frame(b"\x03\xe8", CLOSE))
        assert (refused, code) == (8, 1000), make.__name__
