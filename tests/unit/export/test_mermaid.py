"""Mermaid text: the same reading as the other pictures, and no name can break it. (Recorded texts: test_dot.)"""

from __future__ import annotations

import re

from hypothesis import given

from polaris._model.outcome import Status
from polaris._model.plan import Plan
from polaris.export import mermaid
from tests.unit.export.plans import CAB_RIDE, CHECKOUT, HELLO, NEGOTIATION, ORDER_FAILED, ORDER_WAITS, many, run
from tests.unit.export.strategies import plans

LINE = re.compile(
    r"""
    flowchart\ (TB|LR)
    | accTitle:\ Workflow\ .+
    | accDescr:\ .+
    | i\d+\(\["[^"]+"\]\):::(input|transient|target)
    | b\d+\["[^"]+"\]:::(builder|target)
    | m\d+_\d+\(\("or"\)\):::meeting
    | [ibm][\d_]+\ (-->|-\.->|-\.-o|--o|==>|---|-\.-)(\|"[^"]+"\|)?\ [bm][\d_]+
    | classDef\ \w+\ [\w:\#,\ -]+
    | linkStyle\ [\d,]+\ [\w:\#,]+
    """,
    re.VERBOSE,
)


def lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines()]


def test_a_plan_is_a_flowchart() -> None:
    assert lines(mermaid(HELLO))[:6] == [
        "flowchart LR",
        "accTitle: Workflow hello",
        "accDescr: 1 builder of the workflow hello from Name to Greeting",
        'i0(["Name"]):::input',
        'b0["<b>greet</b><br/><b>Greeting</b>"]:::target',
        "i0 --> b0",
    ]


def test_it_has_the_direction_that_suits_the_size() -> None:
    assert mermaid(CAB_RIDE).startswith("flowchart LR\n")
    assert mermaid(CHECKOUT).startswith("flowchart TB\n")


def test_a_builder_says_what_it_makes() -> None:
    text = lines(mermaid(CHECKOUT))
    assert 'b1["<b>check_coupon</b><br/>Discount or CouponRejected"]:::builder' in text
    assert 'b3["<b>shipping_options</b> async<br/>ShippingQuote"]:::builder' in text
    assert 'b7["<b>tokenise</b><br/><i>CardToken</i>"]:::builder' in text
    assert 'b12["<b>reserve_stock</b><br/>Reservation and PickList"]:::builder' in text
    assert 'b13["<b>send_receipt</b><br/>ReceiptSent or nothing"]:::builder' in text


def test_an_edge_names_the_product_where_there_are_several_and_its_kind() -> None:
    text = lines(mermaid(CHECKOUT))
    assert 'b1 -.->|"Discount"| b4' in text
    assert 'b1 -.-o|"CouponRejected"| b5' in text
    assert 'i5 --o|"take"| b8' in text
    assert 'b6 ==>|"next pass"| b5' in text
    assert 'b1 ==>|"Counter, next pass"| b0' in lines(mermaid(NEGOTIATION))


def test_alternatives_meet_in_a_circle_and_go_on_from_there() -> None:
    text = lines(mermaid(NEGOTIATION))
    assert [line for line in text if "m3_" in line] == [
        'm3_0(("or")):::meeting',
        'm3_1(("or")):::meeting',
        'b1 ---|"Agreed"| m3_0',
        "i2 --- m3_0",
        "m3_0 --> b3",
        "i3 -.- m3_1",
        'b2 -.-|"Tick"| m3_1',
        "m3_1 -.-> b3",
    ]


def test_edges_that_have_a_colour_are_known_by_their_numbers() -> None:
    text = lines(mermaid(CHECKOUT))
    edges = [line for line in text if re.match(r"[ibm][\d_]+ ", line)]
    (access, feedback) = [line for line in text if line.startswith("linkStyle")]
    numbers = [int(number) for number in access.split()[1].split(",")]
    assert {edges[number].split()[1][:4] for number in numbers} == {"-.-o"}
    assert "==>" in edges[int(feedback.split()[1])]


def test_a_run_is_shown_in_words_and_colours() -> None:
    text = lines(mermaid(CHECKOUT, ORDER_WAITS))
    assert 'i0(["Cart"]):::present' in text
    assert 'i4(["CardDetails"]):::waited_for' in text
    assert 'b0["<b>price_cart</b> done<br/>Subtotal"]:::done' in text
    assert 'b7["<b>tokenise</b> waiting<br/>needs CardDetails<br/><i>CardToken</i>"]:::waiting' in text
    assert 'b9["<b>charge_upi</b> not taken<br/>UpiPaid"]:::not_taken' in text
    failed = lines(mermaid(CHECKOUT, ORDER_FAILED))
    assert 'b9["<b>charge_upi</b> failed<br/>with ConnectionError<br/>UpiPaid"]:::failed' in failed


def test_every_class_that_is_used_in_a_run_has_colours() -> None:
    text = mermaid(CHECKOUT, ORDER_WAITS)
    assert set(re.findall(r":::(\w+)", text)) <= set(re.findall(r"classDef (\w+) ", text))


def test_edges_in_a_run_have_the_colour_of_what_they_carry() -> None:
    text = lines(mermaid(HELLO, run(Status.WAITING, "", "Name")))
    assert text[-1] == "linkStyle 0 stroke:#b45309,color:#b45309"


def test_a_part_of_a_plan_can_be_looked_at_and_turned() -> None:
    text = lines(mermaid(CHECKOUT, focus="send_receipt", depth=0, direction="TB"))
    assert text[0] == "flowchart TB"
    assert [line for line in text if line.startswith(("i", "b"))] == [
        'i0(["OrderPlaced"]):::input',
        'i1(["Discount"]):::input',
        'b0["<b>send_receipt</b><br/>ReceiptSent or nothing"]:::builder',
        "i0 --> b0",
        "i1 -.-o b0",
    ]


def test_the_builders_of_a_module_stand_in_one_frame() -> None:
    text = mermaid(many(42))
    assert '  subgraph g1["shop.billing"]\n    b' in text
    assert text.count("\n  end\n") == 2


@given(plans())
def test_whatever_the_names_every_line_is_one_of_a_few_forms(any_plan: Plan) -> None:
    assert [line for line in lines(mermaid(any_plan)) if not LINE.fullmatch(line)] == []


@given(plans())
def test_no_name_brings_in_markup_or_a_directive(any_plan: Plan) -> None:
    text = mermaid(any_plan)
    assert set(re.findall("<[^>]*>", text)) <= {"<b>", "</b>", "<i>", "</i>", "<br/>"}
    assert "%%" not in text
    assert "`" not in text
